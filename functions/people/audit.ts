import { randomBytes } from "node:crypto";
import { newestFirst, timeIn, type Documents, type Stored, type Write } from "../documents.ts";
import { asProblem } from "../problem.ts";
import type { PeoplePorts } from "./person.ts";
import type { Who } from "./who.ts";

/** What people did: who, when, what, before and after. Entries are added and never removed; nothing of one
 *  changes but that it gets its outcome. */

export const deeds = [
  "stream_added",
  "stream_changed",
  "stream_removed",
  "sender_secret_put",
  "sender_secret_retired",
  "developer_link_made",
  "developer_links_withdrawn",
  "replay_started",
  "replayed",
  "discard_started",
  "discarded",
  "job_stopped",
  "exported",
  "backup_made",
  "demo_made",
  "demo_removed",
  "import_added",
  "import_changed",
  "feed_added",
  "feed_changed",
  "feed_removed",
  "feed_asked_for",
  "feed_taken_although",
  "file_uploaded",
  "file_imported_anyway",
  "file_read_again",
  "file_removed",
  "drop_box_opened",
  "drop_box_password_set",
  "drop_box_addresses_set",
  "drop_box_key_added",
  "drop_box_key_removed",
  "drop_box_given",
  "drop_box_closed",
  "person_added",
  "person_changed",
  "person_removed",
  "link_made",
  "password_set",
  "signed_in",
  "sign_in_failed",
  "signed_out_everywhere",
  "token_added",
  "token_removed",
  "iap_set",
] as const;
export type Deed = (typeof deeds)[number];

/** What is said of a deed. */
export interface Said {
  readonly what: Deed;
  /** Whom or what it is about: a person, a token, an import, a stream by its stream_ref. */
  readonly about?: string;
  /** The fields that differ. Never a secret. */
  readonly before?: object;
  readonly after?: object;
}

export interface Entry {
  readonly id: string;
  /** Unix ms. */
  readonly at: number;
  readonly who: string;
  readonly how: string;
  readonly what: string;
  readonly about?: string;
  readonly before?: unknown;
  readonly after?: unknown;
  /** `begun`: whether it was done is not known, since what did it ended meanwhile. `failed CODE`: it was not,
   *  or not all of it. Left out where it was done. */
  readonly outcome?: string;
}

export type AuditPorts = Pick<PeoplePorts, "documents" | "now">;

/** An entry to be written together with what it tells of: the one is not there without the other.
 *  @param who undefined: nobody was known, as where a sign-in fails */
export function entryOf(
  { now }: Pick<AuditPorts, "now">,
  who: Pick<Who, "id" | "how"> | undefined,
  said: Said,
): Write {
  const at = now();
  const { what, about, before, after } = said;
  const document = {
    at,
    who: who?.id ?? "nobody",
    how: who?.how ?? "nobody",
    what,
    ...(about !== undefined && { about }),
    ...(before !== undefined && { before: textOf(before) }),
    ...(after !== undefined && { after: textOf(after) }),
  };
  const id = `${newestFirst(at)}-${randomBytes(6).toString("hex")}`;
  return { kind: "audit", id, document, ifVersion: null };
}

/** For what lies elsewhere and is done already. @throws documents_down: then nobody can read that it is */
export async function record(ports: AuditPorts, who: Who, said: Said): Promise<void> {
  await ports.documents.commit([entryOf(ports, who, said)]);
}

/** Does what lies elsewhere, and tells of it whatever is killed: the entry is there before the act, as
 *  `begun`, and gets its outcome after it. The act is not done where no entry can be written.
 *  @throws documents_down; what the act throws */
export async function recording<Result>(
  ports: AuditPorts,
  who: Who,
  said: Said,
  act: () => Promise<Result>,
): Promise<Result> {
  const { ifVersion: _none, ...entry } = entryOf(ports, who, said);
  const withOutcome = (outcome: object) => ({ ...entry, document: { ...entry.document, ...outcome } });
  // What stands there already tells that it was begun, and that may have to do.
  const end = (outcome: object) => ports.documents.commit([withOutcome(outcome)]).catch(() => undefined);
  await ports.documents.commit([{ ...withOutcome({ outcome: "begun" }), ifVersion: null }]);
  let result: Result;
  try {
    result = await act();
  } catch (error) {
    const problem = asProblem(error);
    // Something above that may have been done all the same: then `begun` is all that is known.
    if (problem.status < 500) await end({ outcome: `failed ${problem.code}` });
    throw error;
  }
  await end({});
  return result;
}

export interface AuditAsked {
  /** The id of the last entry of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
  /** Only what this person did, by their id. */
  readonly who?: string | undefined;
  /** Only this deed. */
  readonly what?: string | undefined;
}

/** So many entries at a time, and at most, are looked at for those that are meant. */
const [lookedAtOnce, lookedMax] = [500, 5_000];

/** The newest first.
 *  @returns `next`: what to go on after, where there may be more; a page may hold fewer than asked for */
export async function listAudit(
  { documents }: { documents: Documents },
  { after, limit, who, what }: AuditAsked,
): Promise<{ entries: Entry[]; next?: string }> {
  const isMeant = (entry: Entry) =>
    (who === undefined || entry.who === who) && (what === undefined || entry.what === what);
  const entries: Entry[] = [];
  let last = after;
  const asksForAll = who === undefined && what === undefined;
  const atOnce = asksForAll ? limit + 1 : lookedAtOnce;
  for (let looked = 0; looked < lookedMax; looked += atOnce) {
    const stored = await documents.list("audit", {
      ...(last !== undefined && { after: last }),
      limit: atOnce,
    });
    for (const entry of stored.map(read).filter(isMeant)) {
      if (entries.length === limit) return { entries, next: entries.at(-1)!.id };
      entries.push(entry);
    }
    if (stored.length < atOnce) return { entries };
    last = stored.at(-1)!.id;
  }
  return { entries, next: last! };
}

/** What differs between two documents, on both sides. */
export function differing(before: object, after: object): { before: object; after: object } {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => JSON.stringify(Reflect.get(before, name)) !== JSON.stringify(Reflect.get(after, name)),
  );
  const of = (document: object) =>
    Object.fromEntries(
      names.filter((name) => name in document).map((name) => [name, Reflect.get(document, name)]),
    );
  return { before: of(before), after: of(after) };
}

const textBytesMax = 100_000;

/** As text: a document of a stream may hold what no store takes as it is. */
function textOf(value: object): string {
  const text = JSON.stringify(value);
  const bytes = Buffer.byteLength(text);
  return bytes <= textBytesMax ? text : JSON.stringify({ too_large_to_show: `${bytes} bytes` });
}

function read({ id, document }: Stored): Entry {
  const isEntry = typeof document === "object" && document !== null;
  const { at, who, how, what, about, before, after, outcome } = (isEntry ? document : {}) as Record<
    string,
    unknown
  >;
  return {
    id,
    at: Number(at ?? timeIn(id)),
    who: String(who ?? "unreadable"),
    how: String(how ?? "unreadable"),
    what: String(what ?? "unreadable"),
    ...(about !== undefined && { about: String(about) }),
    ...(before !== undefined && { before: parsed(before) }),
    ...(after !== undefined && { after: parsed(after) }),
    ...(outcome !== undefined && { outcome: String(outcome) }),
  };
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return String(text);
  }
}
