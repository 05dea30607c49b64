import type { Hit } from "./hit.ts";

/** Of a sender's headers those that a row keeps: many say there, and nowhere else, which event it is, of
 *  which shop, and when it happened. Never what proves who sent it, and nothing that a proxy or a
 *  platform wrote on the way. */
export const headersMax = 40;
/** The longest name, in bytes: an attribute of the queue takes 256, and its prefix is in it. */
export const headerNameBytesMax = 240;

type Headers = Readonly<Record<string, string | undefined>>;

const prefixes = /^(?:x|ce)-/;
const named: ReadonlySet<string> = new Set([
  "user-agent",
  "webhook-id",
  "webhook-timestamp",
  "svix-id",
  "svix-timestamp",
]);

/** In which a sender names its delivery. */
export const deliveryNames = ["webhook-id", "idempotency-key"] as const;

/** Parts of names that open doors or prove an origin. */
const secrets =
  "auth|authorization|token|secret|signature|hmac|key|cookie|password|session|credentials?|apikey|jwt|bearer";
/** What proxies and platforms add. */
const additions = "forwarded|cloud|appengine|envoy|trace|via";
const never = new RegExp(`(?:^|[-_.])(?:${secrets}|${additions})(?:[-_.]|$)`);
const neverNamed: ReadonlySet<string> = new Set(["x-client-ip", "x-real-ip"]);

/** Named like a key, and none: the name of a delivery, and the only place of Bitbucket's event. */
const nevertheless: ReadonlySet<string> = new Set(["idempotency-key", "x-event-key"]);

/** @param name in lower case */
function isKept(name: string): boolean {
  if (nevertheless.has(name)) return true;
  if (named.has(name)) return true;
  return (
    prefixes.test(name) && name.length <= headerNameBytesMax && !never.test(name) && !neverNamed.has(name)
  );
}

/** The first `headersMax` in the order in which they came; empty ones say nothing.
 *  @param headers by lower-case name
 *  @param read makes text of a value's bytes, a letter each, no longer than an attribute of the queue
 *  @returns undefined where none is kept */
export function keptHeaders(
  headers: Headers,
  read: (value: string) => string,
): Record<string, string> | undefined {
  const kept: Record<string, string> = {};
  let count = 0;
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || value === "" || !isKept(name)) continue;
    kept[name] = read(value);
    if (++count === headersMax) break;
  }
  return count === 0 ? undefined : kept;
}

/** As a column holds them: JSON by name, so that repeats of a hit are equal,
 *  whatever order the queue gave. */
export function headersJson({ headers }: Pick<Hit, "headers">): string | null {
  if (headers === undefined) return null;
  return JSON.stringify(Object.fromEntries(Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** @param json what a warehouse gives for the column
 *  @returns undefined where it holds no headers */
export function headersOf(json: unknown): Record<string, string> | undefined {
  if (typeof json !== "string") return undefined;
  const headers = JSON.parse(json) as Record<string, string>;
  return Object.keys(headers).length === 0 ? undefined : headers;
}
