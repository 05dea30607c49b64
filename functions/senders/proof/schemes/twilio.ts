import { createHash } from "node:crypto";
import type { Problem } from "../../../problem.ts";
import { signatureMissing } from "../../../problems.ts";
import type { Auth } from "../auth.ts";
import type { Evidence } from "../../evidence.ts";
import { isSame } from "../same.ts";
import { mainSlot } from "../../sender.ts";
import { hmacOf, keyOf, type Live, wrongSignature } from "../signing.ts";
import { formText } from "./form.ts";

/** The address and the parameters of a form are signed; of any other body the address holds the hash. */
export async function checkTwilio(
  { secret = mainSlot }: Auth,
  { headers, urls, query, body }: Evidence,
  live: Live,
): Promise<Problem | undefined> {
  const given = headers["x-twilio-signature"];
  if (!given) return signatureMissing({ what: "a signature", where: "the header x-twilio-signature" });
  const secrets = await live(secret);
  const hash = new URLSearchParams(query).get("bodySHA256");
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(headers["content-type"] ?? "");
  // Nothing would be signed of a body that is no form and whose hash is not in the address.
  if (!isForm && hash === null && body.length > 0) return wrongSignature(body, secrets);
  if (
    hash !== null &&
    !isSame(Buffer.from(hash), Buffer.from(createHash("sha256").update(body).digest("hex")))
  )
    return wrongSignature(body, secrets);
  const parameters = hash === null && isForm ? formText(body) : "";
  for (const { value } of secrets)
    for (const url of urls.flatMap(withAndWithoutPort)) {
      const made = await hmacOf("sha1", keyOf(value), [Buffer.from(url + parameters)]);
      if (isSame(Buffer.from(given, "latin1"), Buffer.from(made.toString("base64")))) return undefined;
    }
  return wrongSignature(body, secrets);
}

/** It signs the port of some calls, and leaves it out of others. */
function withAndWithoutPort(url: string): string[] {
  // A stranger's host may be none.
  const parsed = URL.parse(url);
  const [, origin, rest] = /^(https?:\/\/[^/]*?)(?::\d+)?(\/.*)$/.exec(url) ?? [];
  if (parsed === null || origin === undefined) return [url];
  const { port, protocol } = parsed;
  return [url, `${origin}:${port || (protocol === "https:" ? 443 : 80)}${rest}`, origin + rest!];
}
