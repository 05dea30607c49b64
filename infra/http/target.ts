import type { IncomingMessage } from "node:http";

const ofOrigin = /^https?:\/\/([^/?#]*)/i;

/** A target as a proxy would send it, `http://host/path`, without its origin. */
export function originForm(url: string): string {
  if (url.charCodeAt(0) === 0x2f) return url;
  const origin = ofOrigin.exec(url);
  if (origin === null) return url;
  const rest = url.slice(origin[0].length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}

/** The host in such a target stands in for Host (RFC 9112 section 3.2.2). Beside another one the request has
 *  two, joined as a header that came twice is: whoever lets some hosts through asks of both. */
export function takeHost({ url = "", headers }: IncomingMessage): void {
  const host = ofOrigin.exec(url)?.[1];
  if (host === undefined || host.toLowerCase() === headers.host?.toLowerCase()) return;
  headers.host = headers.host === undefined ? host : `${host}, ${headers.host}`;
}
