import type { Person } from "./person.ts";
import { fits, hashOf, newSecret } from "./secret.ts";

/** A link that sets a password, once: handed over by an admin, since Afterclick sends no mail. */

export const linkMs = 7 * 24 * 60 * 60_000;

export interface Link {
  /** Below the address of the panel. */
  readonly path: string;
  /** Unix ms. */
  readonly until: number;
}

export const linkPath = "/password/";

export function newLink(id: string, now: number): { link: Link; stored: { hash: string; until: number } } {
  const secret = newSecret();
  const until = now + linkMs;
  const path = `${linkPath}${Buffer.from(id).toString("base64url")}.${secret}`;
  return { link: { path, until }, stored: { hash: hashOf(secret), until } };
}

export function readLink(text: string): { id: string | undefined; secret: string } {
  const [, name, secret] = /^([\w-]{1,800})\.([\w-]{43})$/.exec(text) ?? [];
  return { id: name && Buffer.from(name, "base64url").toString(), secret: secret ?? "" };
}

/** Whether the secret is the one of the person's link, and may still be used. */
export function linkOf({ document: { link } }: Person, secret: string, now: number): boolean {
  return link !== undefined && link.until > now && fits(secret, link.hash);
}
