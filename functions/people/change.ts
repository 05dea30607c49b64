import { personThere, personUnknown, requestRefused, tooMuchGiven } from "../problems.ts";
import { differing, entryOf, type Said } from "./audit.ts";
import { newLink, type Link } from "./link.ts";
import {
  findPerson,
  nameRule,
  personId,
  reaches,
  type PeoplePorts,
  type Person,
  type PersonDocument,
  type Role,
} from "./person.ts";
import type { Who } from "./who.ts";

/** What admins do with people. Nobody gives more than they hold themselves: an admin who sees no payloads
 *  cannot let anybody see them, nor take over somebody who does. */

export interface PersonView {
  readonly name: string;
  readonly role: Role;
  readonly sees_payloads: boolean;
  readonly added_at?: string;
  readonly added_by: string;
  /** Whether they can sign in with a password; people of Google Cloud need none. */
  readonly has_password: boolean;
  /** Named by the configuration: an admin whatever is said here. */
  readonly first_admin?: true;
  /** Until when their link may be used, Unix ms. */
  readonly link_until?: number;
}

export interface Linked {
  readonly person: PersonView;
  readonly link: Link;
}

export function viewOf({ firstAdmins }: Pick<PeoplePorts, "firstAdmins">, person: Person): PersonView {
  const { added_at, added_by, password, link } = person.document;
  return {
    name: person.name,
    role: person.role,
    sees_payloads: person.seesPayloads,
    ...(added_at !== "" && { added_at }),
    added_by,
    has_password: password !== undefined,
    ...(firstAdmins.includes(person.id) && { first_admin: true }),
    ...(link !== undefined && { link_until: link.until }),
  };
}

/** @returns them and the link by which they set a password
 *  @throws person_there, request_refused, too_much_given, documents_down */
export async function addPerson(
  ports: PeoplePorts,
  who: Who,
  { name, role, sees_payloads }: { name: string; role: Role; sees_payloads: boolean },
): Promise<Linked> {
  const id = idOf(name);
  demandNoMore(who, { role, seesPayloads: sees_payloads });
  const before = await findPerson(ports, id);
  if (before !== undefined && before.version !== null) throw personThere({ name: before.name });
  const { link, stored } = newLink(id, ports.now());
  const document: PersonDocument = {
    name: name.trim(),
    role,
    sees_payloads,
    added_at: new Date(ports.now()).toISOString(),
    added_by: who.id,
    generation: ports.now(),
    link: stored,
  };
  await write(
    ports,
    who,
    { id, document, ifVersion: null },
    { what: "person_added", after: shown(document) },
  );
  return { person: await found(ports, id), link };
}

/** @throws person_unknown, too_much_given, documents_down, documents_conflict */
export async function changePerson(
  ports: PeoplePorts,
  who: Who,
  name: string,
  changes: { role?: Role; sees_payloads?: boolean },
): Promise<PersonView> {
  const person = await personOf(ports, name);
  const document = { ...person.document, ...changes };
  demandNoMore(who, { role: document.role, seesPayloads: changes.sees_payloads === true });
  const { id, version: ifVersion } = person;
  await write(
    ports,
    who,
    { id, document, ifVersion },
    { what: "person_changed", ...differing(shown(person.document), shown(document)) },
  );
  return found(ports, person.id);
}

/** A new link; the password and all sessions end at once.
 *  @throws person_unknown, too_much_given, documents_down, documents_conflict */
export async function resetPassword(ports: PeoplePorts, who: Who, name: string): Promise<Linked> {
  const person = await personOf(ports, name);
  demandNoMore(who, person);
  const { password: _over, ...rest } = person.document;
  const { link, stored } = newLink(person.id, ports.now());
  const document = { ...rest, generation: next(ports, person), link: stored };
  const { id, version: ifVersion } = person;
  await write(ports, who, { id, document, ifVersion }, { what: "link_made" });
  return { person: await found(ports, person.id), link };
}

/** Nothing of theirs is taken any more: sessions and tokens end with them.
 *  @throws person_unknown, request_refused, documents_down, documents_conflict */
export async function removePerson(ports: PeoplePorts, who: Who, name: string): Promise<void> {
  const person = await personOf(ports, name);
  if (person.version === null)
    throw requestRefused({
      what: `${person.name} is named by first_admins of the configuration; take the name away there`,
    });
  const entry = entryOf(ports, who, {
    what: "person_removed",
    about: person.id,
    before: shown(person.document),
  });
  await ports.documents.commit([
    { kind: "people", id: person.id, document: null, ifVersion: person.version },
    entry,
  ]);
}

/** Ends all sessions of one's own. @throws documents_down, documents_conflict */
export async function signOutEverywhere(ports: PeoplePorts, who: Who): Promise<void> {
  const person = await personOf(ports, who.id);
  const document = { ...person.document, generation: next(ports, person) };
  const { id, version: ifVersion } = person;
  await write(ports, who, { id, document, ifVersion }, { what: "signed_out_everywhere" });
}

/** @throws person_unknown */
export async function personOf(ports: PeoplePorts, name: string): Promise<Person> {
  const id = personId(name);
  const person = id === undefined ? undefined : await findPerson(ports, id);
  if (person === undefined) throw personUnknown();
  return person;
}

/** @throws too_much_given */
export function demandNoMore(who: Who, wanted: { role: Role; seesPayloads: boolean }): void {
  if (!reaches(who.role, wanted.role)) throw tooMuchGiven({ what: `the role ${wanted.role}` });
  if (wanted.seesPayloads && !who.seesPayloads) throw tooMuchGiven({ what: "the sight of payloads" });
}

function idOf(name: string): string {
  const id = personId(name);
  if (id === undefined)
    throw requestRefused({
      what: `name is ${JSON.stringify(name.slice(0, 100))}; allowed is ${nameRule}`,
    });
  return id;
}

async function found(ports: PeoplePorts, id: string): Promise<PersonView> {
  const person = await findPerson(ports, id);
  if (person === undefined) throw personUnknown();
  return viewOf(ports, person);
}

/** The person and what the audit says of it: both are written, or neither. */
async function write(
  ports: PeoplePorts,
  who: Who,
  { id, document, ifVersion }: { id: string; document: PersonDocument; ifVersion: string | null },
  said: Omit<Said, "about">,
): Promise<void> {
  await ports.documents.commit([
    { kind: "people", id, document: { ...document }, ifVersion },
    entryOf(ports, who, { ...said, about: id }),
  ]);
}

/** What the audit shows of a person. */
function shown({ name, role, sees_payloads }: PersonDocument): object {
  return { name, role, sees_payloads };
}

/** Sessions of before are over. */
function next({ now }: PeoplePorts, { document: { generation } }: Person): number {
  return Math.max(generation + 1, now());
}
