import { randomBytes } from "node:crypto";
import type { Hit } from "../hit.ts";
import { seal, unseal } from "../seal.ts";
import type { Secrets } from "../secrets.ts";
import type { Auth } from "./proof/auth.ts";
import { type Evidence, evidenceOf } from "./evidence.ts";

/** What a proof needs beside the body, kept with a hit whose proof nobody could check just then. Tokens and
 *  passwords are in it, so it is sealed, and opens for this very hit alone. */

const keyName = "proof-seal";
const keyBytes = 32;
/** Attributes of the queue hold it: the door takes 16 KiB of headers, and proofs are short. */
const textMax = 5_500;

interface Kept {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Evidence["headers"];
  /** The query stands in the place of the body. */
  readonly bare: boolean;
}

/** Headers in which proofs stand, by their names; those that are asked for by name are added. */
const likely = /^(?:x-|webhook-|svix-)|auth|signature|hmac|token|secret|key|timestamp/;
const never = /^(?:cookie|x-forwarded-|x-cloud-|x-real-ip)/;
const always = new Set(["host", "content-type"]);

/** @param request as collect has it
 *  @param auth undefined where nobody could read what is asked for
 *  @returns undefined where it is too long to be kept */
export function sealProof(
  key: Uint8Array,
  hit_id: string,
  request: Omit<Kept, "bare"> & { readonly body: Uint8Array },
  auth: readonly Auth[] = [],
): string | undefined {
  const { method, path, query, body } = request;
  const named = new Set(auth.flatMap(placesOf).flatMap((place) => /^header:(.+)$/.exec(place)?.[1] ?? []));
  const kept = Object.entries(request.headers).filter(
    ([name]) => named.has(name) || always.has(name) || (likely.test(name) && !never.test(name)),
  );
  const proof: Kept = { method, path, query, headers: Object.fromEntries(kept), bare: body.length === 0 };
  const text = JSON.stringify(proof);
  return Buffer.byteLength(text) > textMax ? undefined : seal(key, hit_id, text);
}

function placesOf({ at, timestamp, parts = [] }: Auth): string[] {
  return [...(at === undefined ? [] : [at]), ...(timestamp === undefined ? [] : [timestamp]), ...parts].map(
    (place) => place.toLowerCase(),
  );
}

/** @returns undefined where none was kept, or it does not open */
export function openProof(key: Uint8Array, hit: Hit, publicUrl: string | undefined): Evidence | undefined {
  if (hit.proof === undefined) return undefined;
  let text: string;
  try {
    text = unseal(key, hit.hit_id, hit.proof);
  } catch {
    return undefined;
  }
  const { method, path, query, headers, bare } = JSON.parse(text) as Kept;
  const encoding = hit.content_encoding;
  const sent = encoding === undefined ? headers : { ...headers, "content-encoding": encoding };
  return evidenceOf(
    { method, path, query, headers: sent, body: bare ? Buffer.alloc(0) : hit.body },
    publicUrl,
  );
}

/** @returns undefined where none was made yet. @throws as `Secrets.read` */
export async function readSealKey(secrets: Pick<Secrets, "read">): Promise<Buffer | undefined> {
  const text = await secrets.read(keyName);
  const key = text === undefined ? undefined : Buffer.from(text, "base64");
  return key?.length === keyBytes ? key : undefined;
}

/** Collect only reads: whoever makes a stream ask for a proof makes the key. @throws as `Secrets.put` */
export async function ensureSealKey(secrets: Pick<Secrets, "read" | "put">): Promise<void> {
  if ((await readSealKey(secrets)) === undefined)
    await secrets.put(keyName, randomBytes(keyBytes).toString("base64"));
}
