import type { Problem } from "../../../problem.ts";
import { signatureMissing, tokenWrong } from "../../../problems.ts";
import type { Auth } from "../auth.ts";
import type { Evidence } from "../../evidence.ts";
import { bytesAt, shownPlace } from "../../place.ts";
import { isSame } from "../same.ts";
import { mainSlot } from "../../sender.ts";
import { type Live, named } from "../signing.ts";

/** A word that both know: in a header, in the query, in a field of the body, or in that of each item. */
export async function checkToken(auth: Auth, evidence: Evidence, live: Live): Promise<Problem | undefined> {
  const { prefix = "", secret = mainSlot } = auth;
  const where = shownPlace(auth.at!);
  const given = await bytesAt(auth.at!, evidence);
  if (given.length === 0) return signatureMissing({ what: "a token", where });
  const secrets = await live(secret);
  const isRight = secrets.some(({ value }) => {
    const right = Buffer.from(prefix + value);
    return given.every((one) => isSame(one, right));
  });
  return isRight ? undefined : tokenWrong({ where, secrets: named(secrets) });
}
