import type { Stored, Write } from "../documents.ts";
import { findPerson, type PeoplePorts, type Person } from "./person.ts";
import { hashOf, newSecret } from "./secret.ts";
import { whoIs, type Who } from "./who.ts";

/** A browser that somebody signed in with. Its cookie names the person and holds a secret of which the store
 *  has the hash alone; the secret is always made anew, whatever cookie was there before. */

export const sessionMs = 14 * 24 * 60 * 60_000;
/** The oldest one of a person gives way. */
const sessionsMax = 20;

interface SessionDocument {
  readonly begun_at: number;
  readonly until: number;
  /** Of the person when it began. */
  readonly generation: number;
}

/** @returns the cookie's value, and what has to be written for it to hold */
export async function beginSession(
  { documents, now }: PeoplePorts,
  { id, document: { generation } }: Person,
): Promise<{ cookie: string; writes: Write[] }> {
  const secret = newSecret();
  const begun_at = now();
  const document: SessionDocument = { begun_at, until: begun_at + sessionMs, generation };
  const there = await sessionsOf(documents, id);
  const over = there.filter((stored) => !isCurrent(stored.document, begun_at, generation));
  const current = there.filter((stored) => !over.includes(stored)).sort((a, b) => begunAt(a) - begunAt(b));
  const leaving = [...over, ...current.slice(0, Math.max(0, current.length + 1 - sessionsMax))];
  return {
    cookie: `${Buffer.from(id).toString("base64url")}.${secret}`,
    writes: [
      { kind: "sessions", id: `${id}:${hashOf(secret)}`, document: { ...document }, ifVersion: null },
      ...leaving.map((stored) => ({ kind: "sessions" as const, id: stored.id, document: null })),
    ],
  };
}

/** @returns undefined where the session is over or never was */
export async function findSession(ports: PeoplePorts, cookie: string): Promise<Who | undefined> {
  const [name = "", secret = ""] = cookie.split(".");
  const personsId = Buffer.from(name, "base64url").toString();
  const id = `${personsId}:${hashOf(secret)}`;
  const stored = await ports.documents.read("sessions", id);
  if (stored === undefined) return undefined;
  const person = await findPerson(ports, personsId);
  if (person === undefined || !isCurrent(stored.document, ports.now(), person.document.generation))
    return undefined;
  return whoIs(person, "session", id);
}

export async function endSession({ documents }: PeoplePorts, { how, by }: Who): Promise<void> {
  if (how === "session" && by !== undefined)
    await documents.commit([{ kind: "sessions", id: by, document: null }]);
}

async function sessionsOf({ list }: PeoplePorts["documents"], id: string): Promise<Stored[]> {
  const after = `${id}:`;
  return (await list("sessions", { after, limit: sessionsMax * 2 })).filter((stored) =>
    stored.id.startsWith(after),
  );
}

function isCurrent(document: unknown, now: number, generation: number): boolean {
  const session = Object(document) as Partial<SessionDocument>;
  return (
    typeof session.until === "number" &&
    session.until > now &&
    // Longer than a session lasts: a clock was wrong.
    session.until <= now + sessionMs + 60_000 &&
    session.generation === generation
  );
}

const begunAt = ({ document }: Stored) => Number((Object(document) as SessionDocument).begun_at);
