import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** AES-256-GCM. A nonce of 96 random bits is safe for far more than ever are sealed by one key.
 *  Source: NIST SP 800-38D, section 8.3 */
const cipher = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

/** @param key 32 bytes
 *  @param name goes with it: a sealed value under another name does not open
 *  @returns nonce, tag and sealed bytes, in base64 */
export function seal(key: Uint8Array, name: string, value: string): string {
  const nonce = randomBytes(nonceBytes);
  const sealing = createCipheriv(cipher, key, nonce, { authTagLength: tagBytes });
  sealing.setAAD(Buffer.from(name));
  const sealed = Buffer.concat([sealing.update(value, "utf8"), sealing.final()]);
  return Buffer.concat([nonce, sealing.getAuthTag(), sealed]).toString("base64");
}

/** @throws Error where the key or the name is another one, or a bit was changed */
export function unseal(key: Uint8Array, name: string, text: string): string {
  const bytes = Buffer.from(text, "base64");
  const nonce = bytes.subarray(0, nonceBytes);
  const opening = createDecipheriv(cipher, key, nonce, { authTagLength: tagBytes });
  opening.setAAD(Buffer.from(name));
  opening.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
  const opened = [opening.update(bytes.subarray(nonceBytes + tagBytes)), opening.final()];
  return Buffer.concat(opened).toString("utf8");
}
