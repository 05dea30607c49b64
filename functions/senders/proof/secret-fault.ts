import { randomBytes } from "node:crypto";
import type { Auth } from "./auth.ts";
import { publicKeyOf } from "./schemes/ecdsa.ts";
import { mainSlot, type Sender } from "../sender.ts";

/** What a secret must look like for the proofs that use it. */

const proofsWith = ({ auth }: Pick<Sender, "auth">, slot: string): Auth[] =>
  auth.filter((one) => one.scheme !== "account" && (one.secret ?? mainSlot) === slot);

/** @returns why no proof could ever hold with it, in words that end a sentence */
export function proofSecretFault(
  sender: Pick<Sender, "auth">,
  slot: string,
  value: string,
): string | undefined {
  if (value !== value.trim()) return "it begins or ends with a blank or a line break; leave them out";
  for (const { scheme, key } of proofsWith(sender, slot)) {
    if (scheme === "basic" && !/^[^:]+:./.test(value))
      return "it is no user and password; allowed is user:password, as set at the sender";
    if (scheme === "ecdsa" && publicKeyOf(value) === undefined)
      return "it is no public key on P-256; allowed is the base64 of one, as the sender shows it";
    const bare = value.replace(/^wh(?:sec|pk)_/, "");
    const isBase64 = key === "base64" || (scheme === "standard-webhooks" && key !== "raw");
    if (isBase64 && !/^[A-Za-z0-9+/]+={0,2}$/.test(bare))
      return "it is no base64, which this sender's secrets are; copy all of it";
    if (key === "hex" && !/^(?:[0-9a-f]{2})+$/i.test(value))
      return "it is no row of hex digits, which this sender's secrets are";
  }
  return undefined;
}

const generatedBytes = 32;

/** @returns undefined where the sender makes it, and nobody else can */
export function generatedSecret(sender: Pick<Sender, "auth">, slot: string): string | undefined {
  const [proof] = proofsWith(sender, slot);
  const bytes = randomBytes(generatedBytes);
  if (proof?.scheme === "ecdsa") return undefined;
  if (proof?.scheme === "basic") return `afterclick:${bytes.toString("base64url")}`;
  if (proof?.scheme === "standard-webhooks" && proof.key !== "raw")
    return `whsec_${bytes.toString("base64")}`;
  if (proof?.key === "base64") return bytes.toString("base64");
  return proof?.key === "hex" ? bytes.toString("hex") : bytes.toString("base64url");
}
