import { asProblem, internal, isProblem } from "../problem.ts";
import { rowsRefused, statementRefused, warehouseDown } from "../problems.ts";
import type { Who } from "../people/who.ts";

/** The sentence of a warehouse may quote a row that it could not take, or a line of a file that it could not
 *  read: those are for people who may see payloads. */

/** What a log may say of a failure: it is read by others. */
export function toldToLogs(error: unknown): { code: string; detail?: string } {
  const problem = asProblem(error);
  const { code, message: detail } = problem;
  if (isProblem(problem, internal)) return { code, detail: String(problem.cause) };
  return isProblem(problem, rowsRefused, statementRefused) ? { code } : { code, detail };
}

/** @throws what `work` throws, in words that quote nothing where the asker may not see payloads */
export async function quotingNothing<Result>(
  { seesPayloads }: Pick<Who, "seesPayloads">,
  work: Promise<Result>,
): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (seesPayloads) throw error;
    if (isProblem(error, statementRefused)) throw statementRefused({}, error);
    if (isProblem(error, warehouseDown))
      throw warehouseDown({ why: "what it says is shown to whoever may see payloads" }, error);
    throw error;
  }
}
