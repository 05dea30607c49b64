import { randomBytes } from "node:crypto";
import type { Stored } from "../documents.ts";
import { isProblem } from "../problem.ts";
import { documentsConflict, requestRefused, tokenUnknown } from "../problems.ts";
import { entryOf } from "./audit.ts";
import { demandNoMore, personOf } from "./change.ts";
import { findPerson, reaches, roles, type PeoplePorts, type Role } from "./person.ts";
import { fits, hashOf, newSecret } from "./secret.ts";
import { whoIs, type Who } from "./who.ts";

/** Tokens of the API: a person's, with a scope of its own (a role, and whether payloads are seen) that never
 *  reaches further than the person does at the time. Shown once; of the secret a hash is kept. */

export interface TokenView {
  readonly id: string;
  readonly name: string;
  readonly person: string;
  readonly role: Role;
  readonly sees_payloads: boolean;
  /** Unix ms, as all times here. */
  readonly added_at: number;
  /** Where it ends by itself. */
  readonly until?: number;
  /** To the minute; absent where it was never used. */
  readonly used_at?: number;
}

interface TokenDocument extends Omit<TokenView, "id"> {
  readonly hash: string;
}

/** So that a scanner of sources can tell one. */
const prefix = "afterclick_";
const pattern = /^afterclick_([a-z0-9]{12})_([\w-]{43})$/;
/** No request writes only to say that it was there, but for one a minute. */
const usedEveryMs = 60_000;
const lookedAtOnce = 500;

/** @param fields.person whose token it is: another one's is for admins
 *  @returns the token beside its view: nobody sees it again
 *  @throws person_unknown, too_much_given, documents_down */
export async function addToken(
  ports: PeoplePorts,
  who: Who,
  fields: { name: string; role: Role; sees_payloads: boolean; person?: string; days?: number },
): Promise<TokenView & { token: string }> {
  const { name, role, sees_payloads, days } = fields;
  if (fields.person === undefined && who.how === "machine")
    throw requestRefused({ what: "person is missing: a token is somebody's, and nobody is signed in here" });
  const person = await personOf(ports, fields.person ?? who.id);
  if (person.id !== who.id && !reaches(who.role, "admin"))
    demandNoMore(who, { role: "admin", seesPayloads: false });
  const scope = { role, seesPayloads: sees_payloads };
  demandNoMore(who, scope);
  demandNoMore(whoIs(person, "token"), scope);
  const id = randomBytes(12).reduce((text, byte) => text + (byte % 36).toString(36), "");
  const secret = newSecret();
  const document: TokenDocument = {
    name,
    person: person.id,
    role,
    sees_payloads,
    added_at: ports.now(),
    ...(days !== undefined && { until: ports.now() + days * 24 * 60 * 60_000 }),
    hash: hashOf(secret),
  };
  const after = { name, role, sees_payloads, ...(days !== undefined && { days }) };
  await ports.documents.commit([
    { kind: "tokens", id, document: { ...document }, ifVersion: null },
    entryOf(ports, who, { what: "token_added", about: `${person.id}, token ${id}`, after }),
  ]);
  return { ...viewOf(id, document), token: `${prefix}${id}_${secret}` };
}

/** A page of one's own; of everybody's for admins; by id.
 *  @param options.after the id of the last token of the page before
 *  @returns `next`: what to go on after, where there is more */
export async function listTokens(
  { documents }: Pick<PeoplePorts, "documents">,
  who: Who,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<{ tokens: TokenView[]; next?: string }> {
  const tokens: TokenView[] = [];
  for (let last = after ?? ""; ;) {
    const stored = await documents.list("tokens", { after: last, limit: lookedAtOnce });
    for (const { id, document } of stored) {
      if (!isToken(document) || (document.person !== who.id && !reaches(who.role, "admin"))) continue;
      if (tokens.length === limit) return { tokens, next: tokens.at(-1)!.id };
      tokens.push(viewOf(id, document));
    }
    if (stored.length < lookedAtOnce) return { tokens };
    last = stored.at(-1)!.id;
  }
}

/** @throws token_unknown, documents_down, documents_conflict */
export async function removeToken(ports: PeoplePorts, who: Who, id: string): Promise<void> {
  const stored = await ports.documents.read("tokens", id);
  const token = isToken(stored?.document) ? stored.document : undefined;
  if (stored === undefined || token === undefined || (token.person !== who.id && !reaches(who.role, "admin")))
    throw tokenUnknown();
  await ports.documents.commit([
    { kind: "tokens", id, document: null },
    entryOf(ports, who, {
      what: "token_removed",
      about: `${token.person}, token ${id}`,
      before: { name: token.name },
    }),
  ]);
}

/** @returns undefined where it is no token that may be used now */
export async function findToken(ports: PeoplePorts, token: string): Promise<Who | undefined> {
  const [, id = "", secret = ""] = pattern.exec(token) ?? [];
  if (id === "") return undefined;
  const stored = await ports.documents.read("tokens", id);
  const document = stored?.document;
  if (stored === undefined || !isToken(document) || !fits(secret, document.hash)) return undefined;
  if (document.until !== undefined && document.until <= ports.now()) return undefined;
  const person = await findPerson(ports, document.person);
  if (person === undefined) return undefined;
  await noteUse(ports, stored, document);
  return whoIs(person, "token", id, { role: document.role, seesPayloads: document.sees_payloads });
}

/** Whether a text is one of ours, or was once. */
export function isTokenOfOurs(token: string): boolean {
  return token.startsWith(prefix);
}

async function noteUse(
  { documents, now }: PeoplePorts,
  stored: Stored,
  document: TokenDocument,
): Promise<void> {
  if (Math.abs(now() - (document.used_at ?? 0)) < usedEveryMs) return;
  const used = { ...document, used_at: now() };
  try {
    await documents.commit([{ kind: "tokens", id: stored.id, document: used, ifVersion: stored.version }]);
  } catch (error) {
    // Somebody else noted it, or took it away: the next request knows.
    if (!isProblem(error, documentsConflict)) throw error;
  }
}

function viewOf(id: string, { hash: _secret, ...token }: TokenDocument): TokenView {
  return { id, ...token };
}

function isToken(document: unknown): document is TokenDocument {
  const { hash, person, name, role, sees_payloads, added_at } = Object(document) as TokenDocument;
  return (
    [hash, person, name].every((text) => typeof text === "string") &&
    roles.includes(role) &&
    typeof sees_payloads === "boolean" &&
    typeof added_at === "number"
  );
}
