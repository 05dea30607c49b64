import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Stored } from "./documents.ts";

/** What we hand out and take back without keeping it: texts, and a signature by a key that nobody else
 *  has. */

const keyBytes = 32;

export const newKey = (): Buffer => randomBytes(keyBytes);

/** 43 letters, digits, `-` and `_`. @param lines none but the last may hold a line break */
export function sign(key: Buffer, ...lines: readonly string[]): string {
  return createHmac("sha256", key).update(lines.join("\n")).digest("base64url");
}

/** In the same time whatever differs. */
export function isSigned(signature: string, key: Buffer, ...lines: readonly string[]): boolean {
  const [tried, right] = [Buffer.from(signature), Buffer.from(sign(key, ...lines))];
  return tried.length === right.length && timingSafeEqual(tried, right);
}

/** As a document keeps it, under the name `key`. */
export const storedKey = (key: Buffer): string => key.toString("base64");

/** @returns undefined where the document holds none */
export function keyIn(stored: Stored | undefined): Buffer | undefined {
  const { key } = Object(stored?.document) as { key?: unknown };
  const bytes = typeof key === "string" ? Buffer.from(key, "base64") : undefined;
  return bytes?.length === keyBytes ? bytes : undefined;
}
