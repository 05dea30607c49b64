import { createPublicKey, type KeyObject, verify } from "node:crypto";
import type { Problem } from "../../../problem.ts";
import { signatureMissing } from "../../../problems.ts";
import type { Auth } from "../auth.ts";
import type { Evidence } from "../../evidence.ts";
import { shownPlace } from "../../place.ts";
import { bytesOfBase64 } from "../same.ts";
import { mainSlot } from "../../sender.ts";
import { type Live, tooOld, wrongSignature } from "../signing.ts";
import { lacksTime, partsOf, signedBy } from "./hmac.ts";

/** A signature by the sender's own key, of which we hold the public half: P-256, as SendGrid has it. */
export async function checkEcdsa(
  auth: Auth,
  evidence: Evidence,
  live: Live,
  at: number,
): Promise<Problem | undefined> {
  const { signatures, timestamp } = await signedBy(auth, evidence);
  const given = signatures.flatMap((one) => bytesOfBase64(one.toString("latin1")) ?? []);
  if (given.length === 0 || lacksTime(auth, timestamp))
    return signatureMissing({ what: "a signature", where: shownPlace(auth.at!) });
  if (timestamp !== undefined) {
    const old = tooOld(timestamp, auth.tolerance_seconds, at);
    if (old !== undefined) return old;
  }
  const secrets = await live(auth.secret ?? mainSlot);
  const signed = Buffer.concat(await partsOf(auth, evidence, { url: evidence.urls[0] ?? "", timestamp }));
  for (const { value } of secrets) {
    const key = publicKeyOf(value);
    if (key !== undefined && given.some((one) => verify(auth.digest ?? "sha256", signed, key, one)))
      return undefined;
  }
  return wrongSignature(evidence.body, secrets);
}

/** @param text base64 of the key in SPKI, as the sender shows it
 *  @returns undefined where it is no key on P-256 */
export function publicKeyOf(text: string): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(text, "base64"), format: "der", type: "spki" });
    return key.asymmetricKeyDetails?.namedCurve === "prime256v1" ? key : undefined;
  } catch {
    return undefined;
  }
}
