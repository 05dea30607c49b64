/** The session's cookie. The prefix makes browsers keep it for this host alone, over
 *  TLS, from no sub-domain. */

import { sessionMs } from "./sessions.ts";

const name = "__Host-afterclick";
/** Lax: a link that was pasted somewhere opens while signed in; nothing that another
 *  page sends is signed in. */
const attributes = "Path=/; Secure; HttpOnly; SameSite=Lax";

/** @param header of the request; several are joined by "; " */
export function cookieIn(header: string | undefined): string | undefined {
  const values = (header ?? "").split(/; */).flatMap((pair) => {
    const [key, value] = pair.split("=", 2);
    return key === name && value !== undefined && /^[\w.-]{1,1200}$/.test(value) ? [value] : [];
  });
  // Two of a name that only one can have: somebody tries something.
  return values.length === 1 ? values[0] : undefined;
}

/** For `set-cookie`. */
export function keepCookie(value: string): string {
  return `${name}=${value}; ${attributes}; Max-Age=${sessionMs / 1000}`;
}

export const forgetCookie = `${name}=; ${attributes}; Max-Age=0`;
