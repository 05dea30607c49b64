import { createHash, createHmac } from "node:crypto";
import type { Problem } from "../../problem.ts";
import { signatureWrong, timestampOld } from "../../problems.ts";
import { turn } from "../../turn.ts";
import type { LiveSecret } from "../live-secrets.ts";

/** What the schemes of signatures share. */

/** How a scheme is asked. `live` gives the secrets of a name, never none. @throws secret_missing and what a
 *  store of secrets throws */
export type Live = (slot: string) => Promise<readonly LiveSecret[]>;

/** So much is hashed at once. */
const pieceBytes = 1024 * 1024;

export async function hmacOf(digest: string, key: Uint8Array, parts: readonly Uint8Array[]): Promise<Buffer> {
  const hmac = createHmac(digest, key);
  for (const part of parts) {
    if (part.length <= pieceBytes) {
      hmac.update(part);
      continue;
    }
    for (let at = 0; at < part.length; at += pieceBytes) {
      await turn();
      hmac.update(part.subarray(at, at + pieceBytes));
    }
  }
  return hmac.digest();
}

/** The bytes that a secret's text stands for. */
export function keyOf(text: string, form: "raw" | "base64" | "hex" = "raw"): Buffer {
  return Buffer.from(text, form === "raw" ? "utf8" : form);
}

/** @param stamp Unix time in s or ms by its size, or an ISO time
 *  @returns undefined where it is near enough to `at` (Unix ms), or where any is allowed */
export function tooOld(stamp: Buffer, toleranceSeconds: number | undefined, at: number): Problem | undefined {
  if (toleranceSeconds === undefined) return undefined;
  const text = stamp.toString("latin1");
  const ms = /^\d{12,14}$/.test(text)
    ? Number(text)
    : /^\d{9,11}$/.test(text)
      ? Number(text) * 1_000
      : Date.parse(text);
  const seconds = (at - ms) / 1_000;
  return Math.abs(seconds) <= toleranceSeconds
    ? undefined
    : timestampOld({ seconds: Number.isNaN(seconds) ? undefined : seconds, toleranceSeconds });
}

/** What is hashed for a sentence: beyond it, a stranger would cost as much as a sender. */
const shownBytesMax = 64 * 1024;

export function wrongSignature(body: Uint8Array, tried: readonly LiveSecret[]): Problem {
  const sha256 = body.length > shownBytesMax ? undefined : createHash("sha256").update(body).digest("hex");
  return signatureWrong({ secrets: named(tried), bytes: body.length, sha256 });
}

/** `secret A or B` */
export function named(tried: readonly LiveSecret[]): string {
  return `secret ${tried.map(({ letter }) => letter.toUpperCase()).join(" or ")}`;
}
