import type { Problem } from "../../problem.ts";
import { isProblem } from "../../problem.ts";
import { secretMissing, secretsDown, secretsSealed } from "../../problems.ts";
import type { Auth, SchemeName } from "./auth.ts";
import type { Evidence } from "../evidence.ts";
import { checkAccount } from "./schemes/account.ts";
import { checkBasic } from "./schemes/basic.ts";
import { checkEcdsa } from "./schemes/ecdsa.ts";
import { checkHmac } from "./schemes/hmac.ts";
import { checkMailgun } from "./schemes/mailgun.ts";
import { checkStandardWebhooks } from "./schemes/standard-webhooks.ts";
import { checkToken } from "./schemes/token.ts";
import { checkTwilio } from "./schemes/twilio.ts";
import type { Live } from "./signing.ts";

/** @returns undefined where it holds, else what is wrong: an answer to the sender
 *  @throws what `live` throws */
type Check = (auth: Auth, evidence: Evidence, live: Live, at: number) => Promise<Problem | undefined>;

const checks: Readonly<Record<SchemeName, Check>> = {
  hmac: checkHmac,
  "standard-webhooks": checkStandardWebhooks,
  ecdsa: checkEcdsa,
  token: checkToken,
  basic: checkBasic,
  mailgun: checkMailgun,
  twilio: checkTwilio,
  account: checkAccount,
};

/** One of the proofs alone. */
export const check: Check = (auth, evidence, live, at) => checks[auth.scheme](auth, evidence, live, at);

/** Whether all of them hold, as of `at` (Unix ms).
 *  @returns `unreadable`: nobody can tell, since a secret is missing or cannot be had. Nobody gets in then
 *  @throws signature_missing, signature_wrong, token_wrong, timestamp_old, account_wrong */
export async function prove(
  auths: readonly Auth[],
  evidence: Evidence,
  live: Live,
  at: number,
): Promise<"proved" | "unreadable"> {
  let isReadable = true;
  for (const auth of auths) {
    try {
      const refused = await check(auth, evidence, live, at);
      if (refused !== undefined) throw refused;
    } catch (error) {
      if (!isProblem(error, secretMissing, secretsDown, secretsSealed)) throw error;
      // Another one may tell that it is a stranger.
      isReadable = false;
    }
  }
  return isReadable ? "proved" : "unreadable";
}
