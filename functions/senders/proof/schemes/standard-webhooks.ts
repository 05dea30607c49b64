import { createPublicKey, verify } from "node:crypto";
import type { Problem } from "../../../problem.ts";
import { signatureMissing } from "../../../problems.ts";
import type { Auth } from "../auth.ts";
import type { Evidence } from "../../evidence.ts";
import { bytesOfBase64, isSame } from "../same.ts";
import { mainSlot } from "../../sender.ts";
import { hmacOf, keyOf, type Live, tooOld, wrongSignature } from "../signing.ts";

/** https://www.standardwebhooks.com: id, timestamp and body, with blanks between several signatures. Senders
 *  that use Svix write `svix-` for `webhook-`. */
export async function checkStandardWebhooks(
  auth: Auth,
  { headers, body }: Evidence,
  live: Live,
  at: number,
): Promise<Problem | undefined> {
  const from = headers["webhook-signature"] === undefined && headers["svix-signature"] ? "svix" : "webhook";
  const [id, timestamp, signature] = ["id", "timestamp", "signature"].map(
    (name) => headers[`${from}-${name}`],
  );
  if (!id || !timestamp || !signature)
    return signatureMissing({
      what: "a signature",
      where: "the headers webhook-id, webhook-timestamp and webhook-signature",
    });
  const old = tooOld(Buffer.from(timestamp, "latin1"), auth.tolerance_seconds ?? 300, at);
  if (old !== undefined) return old;
  const secrets = await live(auth.secret ?? mainSlot);
  const parts = [Buffer.from(`${id}.${timestamp}.`, "latin1"), body];
  const given = signature.split(" ", signaturesMax);
  const under = (version: string) =>
    given.filter((one) => one.startsWith(`${version},`)).map((one) => one.slice(version.length + 1));
  for (const { value } of secrets) {
    const isRight = value.startsWith(publicPrefix)
      ? isSignedBy(value, under("v1a"), parts)
      : await isMadeWith(keyOfSecret(value, auth.key), under("v1"), parts);
    if (isRight) return undefined;
  }
  return wrongSignature(body, secrets);
}

const signaturesMax = 10;
const secretPrefix = "whsec_";
const publicPrefix = "whpk_";

function keyOfSecret(text: string, form: Auth["key"] = "base64"): Buffer {
  return keyOf(
    form === "base64" && text.startsWith(secretPrefix) ? text.slice(secretPrefix.length) : text,
    form,
  );
}

async function isMadeWith(key: Buffer, given: string[], parts: readonly Uint8Array[]): Promise<boolean> {
  if (given.length === 0) return false;
  const right = Buffer.from((await hmacOf("sha256", key, parts)).toString("base64"));
  return given.some((one) => isSame(Buffer.from(one, "latin1"), right));
}

/** Before the 32 bytes of an Ed25519 key in SPKI. Source: https://www.rfc-editor.org/rfc/rfc8410 */
const spki = Buffer.from("302a300506032b6570032100", "hex");

function isSignedBy(secret: string, given: string[], parts: readonly Uint8Array[]): boolean {
  const bytes = bytesOfBase64(secret.slice(publicPrefix.length));
  if (bytes?.length !== 32) return false;
  const key = createPublicKey({ key: Buffer.concat([spki, bytes]), format: "der", type: "spki" });
  const signed = Buffer.concat(parts);
  return given.some((one) => {
    const signature = bytesOfBase64(one);
    return signature !== undefined && verify(null, signed, key, signature);
  });
}
