import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** Secrets that we make ourselves: 256 bits that nobody guesses, so that a plain hash of
 *  them is enough to keep. */

export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** What is kept of a secret. */
export function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** In the same time whatever differs. */
export function fits(secret: string, hash: string): boolean {
  const [tried, right] = [Buffer.from(hashOf(secret)), Buffer.from(hash)];
  return tried.length === right.length && timingSafeEqual(tried, right);
}
