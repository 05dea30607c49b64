import type { Problem } from "../../../problem.ts";
import { accountWrong, signatureMissing } from "../../../problems.ts";
import type { Auth } from "../auth.ts";
import type { Evidence } from "../../evidence.ts";
import { bytesAt, shownPlace } from "../../place.ts";
import { isSame } from "../same.ts";

/** Of senders that prove nothing: whose account they write for. Whoever knows the address can
 *  write it too. */
export async function checkAccount({ at, is = [] }: Auth, evidence: Evidence): Promise<Problem | undefined> {
  const where = shownPlace(at!);
  const given = await bytesAt(at!, evidence);
  if (given.length === 0) return signatureMissing({ what: "an account", where });
  const right = [is].flat().map((one) => Buffer.from(one));
  const areRight = given.every((one) => right.some((account) => isSame(one, account)));
  return areRight ? undefined : accountWrong({ where });
}
