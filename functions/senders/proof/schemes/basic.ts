import type { Problem } from "../../../problem.ts";
import { signatureMissing, tokenWrong } from "../../../problems.ts";
import type { Auth } from "../auth.ts";
import type { Evidence } from "../../evidence.ts";
import { isSame } from "../same.ts";
import { mainSlot } from "../../sender.ts";
import { type Live, named } from "../signing.ts";

/** RFC 7617. The secret is `user:password`, as it is typed at the sender. */
export async function checkBasic(
  { secret = mainSlot }: Auth,
  { headers }: Evidence,
  live: Live,
): Promise<Problem | undefined> {
  const [, given] = /^basic +(\S+)$/i.exec(headers["authorization"] ?? "") ?? [];
  const where = "the header authorization";
  if (given === undefined)
    return signatureMissing({ what: "a user and a password", where, challenge: 'Basic realm="hits"' });
  const secrets = await live(secret);
  const isRight = secrets.some(({ value }) =>
    isSame(Buffer.from(given, "latin1"), Buffer.from(Buffer.from(value).toString("base64"))),
  );
  return isRight ? undefined : tokenWrong({ where, secrets: named(secrets) });
}
