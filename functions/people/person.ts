import type { Documents, Stored } from "../documents.ts";
import type { Cost } from "./password.ts";
import { documentsDown } from "../problems.ts";

/** Who may do what. A person is a document: a name, a role, and whether they see payloads. */

/** Each may do what those before it may. */
export const roles = ["viewer", "editor", "admin"] as const;
export type Role = (typeof roles)[number];

export function reaches(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}

/** What the operations on people stand on. */
export interface PeoplePorts {
  documents: Documents;
  /** Ids of people who are admins whatever their documents say, and without one: so
   *  that nobody is locked out. */
  firstAdmins: readonly string[];
  /** Unix ms. */
  now: () => number;
  /** What a guess at a password costs; for tests. */
  passwordCost?: Cost;
}

export interface Person {
  readonly id: string;
  /** As it was given; the id is the same in small letters. */
  readonly name: string;
  readonly role: Role;
  /** Payloads are personal data: seeing them is a right of its own, whatever the role. */
  readonly seesPayloads: boolean;
  /** Of the document; null where a first admin has none. */
  readonly version: string | null;
  readonly document: PersonDocument;
}

/** `people/{id}` */
export interface PersonDocument {
  readonly name: string;
  readonly role: Role;
  readonly sees_payloads: boolean;
  readonly added_at: string;
  readonly added_by: string;
  /** Grows when all sessions end; those of an earlier one are over. */
  readonly generation: number;
  /** See password.ts. */
  readonly password?: string;
  /** Sets a password, once: the SHA-256 of its secret, and until when (Unix ms). */
  readonly link?: { readonly hash: string; readonly until: number };
}

const namePattern = /^[\p{L}\p{N}][\p{L}\p{N}\p{M} ._+@'&=~-]*$/u;
/** For the admin API and sentences. */
export const nameRule = "1 to 100 letters, digits, blanks and . _ + @ ' & = ~ -, such as a mail address";
/** What everybody is called who reaches a server on which nobody signs in, and its command line elsewhere. */
export const machineName = "this machine";

/** @returns undefined where nobody can be called so */
export function personId(name: string): string | undefined {
  const id = name.normalize("NFKC").trim().toLowerCase();
  return namePattern.test(id) && id.length <= 100 && id !== machineName ? id : undefined;
}

/** The person of an id, also a first admin without a document; undefined where there is none.
 *  @throws documents_down, also where the document cannot be read: nobody gets a right from it */
export async function findPerson(
  { documents, firstAdmins }: Pick<PeoplePorts, "documents" | "firstAdmins">,
  id: string,
): Promise<Person | undefined> {
  const stored = await documents.read("people", id);
  const isFirst = firstAdmins.includes(id);
  if (stored === undefined) return isFirst ? withoutDocument(id) : undefined;
  return readPerson(stored, isFirst);
}

/** A page of everybody, by id. First admins without a document stand among those with one.
 *  @param options.after the id of the last person of the page before
 *  @returns `next`: what to go on after, where there is more */
export async function listPeople(
  { documents, firstAdmins }: Pick<PeoplePorts, "documents" | "firstAdmins">,
  { after = "", limit }: { after?: string | undefined; limit: number },
): Promise<{ people: Person[]; next?: string }> {
  const stored = await documents.list("people", { after, limit: limit + 1 });
  const known = new Set(stored.map(({ id }) => id));
  const people = [
    ...stored.map((one) => readPerson(one, firstAdmins.includes(one.id))),
    ...firstAdmins.filter((id) => !known.has(id) && byBytes(id, after) > 0).map(withoutDocument),
  ].sort((a, b) => byBytes(a.id, b.id));
  const page = people.slice(0, limit);
  return { people: page, ...(people.length > limit && { next: page.at(-1)!.id }) };
}

/** The order of `Documents.list`. */
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

function readPerson({ id, document, version }: Stored, isFirst: boolean): Person {
  if (!isPerson(document)) throw documentsDown({ why: `the document of ${id} is no person's` });
  const { name, role, sees_payloads: seesPayloads } = document;
  return { id, name, role: isFirst ? "admin" : role, seesPayloads, version, document };
}

/** Whoever is named by the configuration alone sees payloads, until a document says otherwise. */
function withoutDocument(id: string): Person {
  const document = {
    name: id,
    role: "admin",
    sees_payloads: true,
    added_at: "",
    added_by: "the configuration",
    generation: 0,
  } as const;
  return { id, name: id, role: "admin", seesPayloads: true, version: null, document };
}

function isPerson(document: unknown): document is PersonDocument {
  const { name, role, sees_payloads, generation, password, link } = Object(document) as PersonDocument;
  return (
    typeof name === "string" &&
    roles.includes(role) &&
    typeof sees_payloads === "boolean" &&
    Number.isSafeInteger(generation) &&
    (password === undefined || typeof password === "string") &&
    (link === undefined || (typeof link.hash === "string" && typeof link.until === "number"))
  );
}
