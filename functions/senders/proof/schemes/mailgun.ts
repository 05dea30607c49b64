import type { Problem } from "../../../problem.ts";
import { signatureMissing } from "../../../problems.ts";
import type { Auth } from "../auth.ts";
import type { Evidence } from "../../evidence.ts";
import { oneAt } from "../../place.ts";
import { isSame } from "../same.ts";
import { mainSlot } from "../../sender.ts";
import { hmacOf, keyOf, type Live, tooOld, wrongSignature } from "../signing.ts";

/** It tries for 8 hours, and does not sign anew. */
const toleranceSeconds = 24 * 60 * 60;

/** The signature is a part of the body, and the rest of the body is not signed: it proves that Mailgun made
 *  this timestamp and token, and no more. */
export async function checkMailgun(
  auth: Auth,
  evidence: Evidence,
  live: Live,
  at: number,
): Promise<Problem | undefined> {
  const [timestamp, token, signature] = await Promise.all(
    ["timestamp", "token", "signature"].map((name) => oneAt(`signature.${name}`, evidence)),
  );
  if (timestamp === undefined || token === undefined || signature === undefined)
    return signatureMissing({ what: "a signature", where: "the body's signature" });
  const old = tooOld(timestamp, auth.tolerance_seconds ?? toleranceSeconds, at);
  if (old !== undefined) return old;
  const secrets = await live(auth.secret ?? mainSlot);
  for (const { value } of secrets) {
    const made = await hmacOf("sha256", keyOf(value), [timestamp, token]);
    if (isSame(signature, Buffer.from(made.toString("hex")))) return undefined;
  }
  return wrongSignature(evidence.body, secrets);
}
