import { linkOver, signInFailed } from "../problems.ts";
import { entryOf } from "./audit.ts";
import { linkOf, readLink } from "./link.ts";
import { oneByOne } from "./one-by-one.ts";
import { demandGood, keep, matches } from "./password.ts";
import { demandNoPause, forgiven, oneMore } from "./pauses.ts";
import { findPerson, personId, type PeoplePorts, type Person } from "./person.ts";
import { beginSession } from "./sessions.ts";
import { whoIs } from "./who.ts";

/** How a browser gets a session: by name and password, or by a link that sets the password. */

/** Whether the name exists, has no password or another one: the answer is the same, and takes the same work.
 *  @param address of the browser, as far as proxies tell it
 *  @returns the value of the session's cookie
 *  @throws sign_in_failed, sign_in_paused, overloaded, documents_down */
export function signIn(
  ports: PeoplePorts,
  tried: { name: string; password: string; address: string },
): Promise<string> {
  return inTurn(() => signInNow(ports, tried));
}

/** Of many tries at once each sees the failures of those before it. */
const inTurn = oneByOne(20);

async function signInNow(
  ports: PeoplePorts,
  { name, password, address }: { name: string; password: string; address: string },
): Promise<string> {
  const id = personId(name);
  // Whoever is nobody has an account to be paused as well.
  const tried = await demandNoPause(ports, id ?? name.slice(0, 200), address);
  const person = id === undefined ? undefined : await findPerson(ports, id);
  const isRight = await matches(password, person?.document.password, ports.passwordCost);
  if (person === undefined || !isRight) {
    // A name that nobody has may be a password in the wrong field.
    const about = person?.id ?? "a name that nobody has";
    const entry = entryOf(ports, undefined, { what: "sign_in_failed", about, after: { address } });
    await ports.documents.commit([...oneMore(ports, tried), entry]);
    throw signInFailed();
  }
  const { cookie, writes } = await beginSession(ports, person);
  const entry = entryOf(ports, whoIs(person, "session"), { what: "signed_in", after: { address } });
  await ports.documents.commit([...writes, forgiven(tried), entry]);
  return cookie;
}

/** Whose password the link sets. @throws link_over */
export async function openLink(ports: PeoplePorts, link: string): Promise<Person> {
  const { id, secret } = readLink(link);
  const person = id === undefined ? undefined : await findPerson(ports, id);
  if (person === undefined || !linkOf(person, secret, ports.now())) throw linkOver();
  return person;
}

/** Sets the password, once, and ends all sessions that there were.
 *  @returns the value of the cookie of a new session
 *  @throws link_over, password_refused, documents_conflict */
export async function setPassword(ports: PeoplePorts, link: string, password: string): Promise<string> {
  const person = await openLink(ports, link);
  demandGood(password, [person.id, person.name]);
  const { link: _used, ...others } = person.document;
  const document = {
    ...others,
    password: await keep(password, ports.passwordCost),
    generation: Math.max(others.generation + 1, ports.now()),
  };
  const changed: Person = { ...person, document };
  const { cookie, writes } = await beginSession(ports, changed);
  await ports.documents.commit([
    { kind: "people", id: person.id, document, ifVersion: person.version },
    ...writes,
    entryOf(ports, whoIs(person, "session"), { what: "password_set", about: person.id }),
  ]);
  return cookie;
}
