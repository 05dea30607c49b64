import { payloadsHidden, roleMissing } from "../problems.ts";
import { machineName, reaches, type Person, type Role } from "./person.ts";

/** Who asks: a person by one of the ways in which people are known, or this machine. */
export interface Who {
  readonly id: string;
  readonly name: string;
  /** What they may do just now: a token may hold less than its person. */
  readonly role: Role;
  readonly seesPayloads: boolean;
  readonly how: How;
  /** The session's id, to end it; the token's, to tell it from others. */
  readonly by?: string;
}

export type How = "machine" | "session" | "token" | "iap" | "google" | "sftp" | "table";

/** Everybody who reaches a server on which nobody signs in; its own command line elsewhere. */
export const thisMachine: Who = {
  id: machineName,
  name: machineName,
  role: "admin",
  seesPayloads: true,
  how: "machine",
};

/** @param less what a token holds */
export function whoIs(
  { id, name, role, seesPayloads }: Person,
  how: How,
  by?: string,
  less: { role: Role; seesPayloads: boolean } = { role: "admin", seesPayloads: true },
): Who {
  return {
    id,
    name,
    role: reaches(role, less.role) ? less.role : role,
    seesPayloads: seesPayloads && less.seesPayloads,
    how,
    ...(by !== undefined && { by }),
  };
}

/** @throws role_missing */
export function demandRole(who: Who, needed: Role): void {
  if (!reaches(who.role, needed)) throw roleMissing({ who: describe(who), role: who.role, needed });
}

/** @throws payloads_hidden */
export function demandPayloads(who: Who): void {
  if (!who.seesPayloads) throw payloadsHidden({ who: describe(who) });
}

function describe({ name, how }: Who): string {
  return how === "token" ? `This token of ${name}` : name;
}

/** Whose name stands beside what was done with hits.
 *  @param said what the command line says, which counts only where nobody signs in */
export function signatureOf({ how, name }: Who, said: string | undefined): string | undefined {
  return how === "machine" ? said : name;
}
