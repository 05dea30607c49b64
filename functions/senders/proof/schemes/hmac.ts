import type { Problem } from "../../../problem.ts";
import { signatureMissing } from "../../../problems.ts";
import type { Auth } from "../auth.ts";
import type { Evidence } from "../../evidence.ts";
import { bytesAt, oneAt, shownPlace } from "../../place.ts";
import { isSame } from "../same.ts";
import { mainSlot } from "../../sender.ts";
import { hmacOf, keyOf, type Live, tooOld, wrongSignature } from "../signing.ts";
import { formText } from "./form.ts";

/** A signature that whoever has the secret makes anew: most senders have this one, each in its own way. */
export async function checkHmac(
  auth: Auth,
  evidence: Evidence,
  live: Live,
  at: number,
): Promise<Problem | undefined> {
  const { digest = "sha256", encoding = "hex", key, tolerance_seconds, secret = mainSlot } = auth;
  const { signatures, timestamp } = await signedBy(auth, evidence);
  if (signatures.length === 0 || lacksTime(auth, timestamp))
    return signatureMissing({ what: "a signature", where: shownPlace(auth.at!) });
  if (timestamp !== undefined) {
    const old = tooOld(timestamp, tolerance_seconds, at);
    if (old !== undefined) return old;
  }
  const secrets = await live(secret);
  for (const { value } of secrets) {
    for (const url of signsUrl(auth) ? evidence.urls : [""]) {
      const parts = await partsOf(auth, evidence, { url, timestamp });
      const made = await hmacOf(digest, keyOf(value, key), parts);
      const right = Buffer.from(made.toString(encoding));
      if (signatures.some((one) => isSame(one, right))) return undefined;
    }
  }
  return wrongSignature(evidence.body, secrets);
}

export interface Signed {
  readonly signatures: readonly Buffer[];
  readonly timestamp?: Buffer | undefined;
}

/** Nobody sends more: one for each secret that is on its way out. */
const signaturesMax = 10;

export async function signedBy(auth: Auth, evidence: Evidence): Promise<Signed> {
  const { prefix = "", fields } = auth;
  const given = await oneAt(auth.at!, evidence);
  const outside = auth.timestamp === undefined ? undefined : await oneAt(auth.timestamp, evidence);
  if (given === undefined) return { signatures: [], timestamp: outside };
  const text = given.toString("latin1");
  if (fields === undefined) {
    const isOne = text.startsWith(prefix) && text.length > prefix.length;
    return {
      signatures: isOne ? [Buffer.from(text.slice(prefix.length), "latin1")] : [],
      timestamp: outside,
    };
  }
  const pairs = text.split(fields.separator ?? ",", 2 * signaturesMax).map((pair) => pair.trim());
  const under = (name: string) =>
    pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1));
  const time = fields.timestamp === undefined ? undefined : under(fields.timestamp)[0];
  return {
    signatures: under(fields.signature)
      .slice(0, signaturesMax)
      .map((one) => Buffer.from(one, "latin1")),
    timestamp: time === undefined ? outside : Buffer.from(time, "latin1"),
  };
}

export function lacksTime(auth: Auth, timestamp: Buffer | undefined): boolean {
  return timestamp === undefined && (auth.timestamp ?? auth.fields?.timestamp) !== undefined;
}

function signsUrl({ parts = [] }: Auth): boolean {
  return parts.includes("url") || parts.includes("url-decoded");
}

export async function partsOf(
  { parts = [] }: Auth,
  evidence: Evidence,
  { url, timestamp }: { url: string; timestamp: Buffer | undefined },
): Promise<Uint8Array[]> {
  const bytes: Uint8Array[] = [];
  for (const part of parts) {
    if (part === "body") bytes.push(evidence.body);
    else if (part === "timestamp") bytes.push(timestamp!);
    else if (part.startsWith("=")) bytes.push(Buffer.from(part.slice(1)));
    else if (part === "method") bytes.push(Buffer.from(evidence.method));
    else if (part === "url") bytes.push(Buffer.from(url, "latin1"));
    else if (part === "url-decoded") bytes.push(Buffer.from(withoutEscapes(url)));
    else if (part === "form") bytes.push(Buffer.from(formText(evidence.body)));
    else bytes.push(...(await bytesAt(part, evidence)));
  }
  return bytes;
}

/** As HubSpot signs an address: what was escaped is written out, but for a question mark. */
function withoutEscapes(url: string): string {
  return url.replaceAll(/(?:%(?!3F)[0-9A-F]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}
