import { realpath } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import { configInvalid } from "../../../functions/problems.ts";
import { whyOf } from "../thread/worker.ts";

/** The folder whose CSV and Parquet files statements may read, as it really is. The data folder holds the
 *  keys to write to streams: neither lies in the other.
 *  @param folder as it was configured; undefined: none
 *  @param dataFolder is there
 *  @param setting that names it
 *  @throws config_invalid */
export async function readableFolder(
  folder: string | undefined,
  dataFolder: string,
  setting = "FILES_DIR",
): Promise<string | undefined> {
  if (folder === undefined) return undefined;
  const refused = (why: string, cause?: unknown) =>
    configInvalid(
      { problems: `${setting} is ${folder}, and ${why}; allowed is a folder beside AFTERCLICK_DATA_DIR` },
      cause,
    );
  let real: string;
  try {
    real = await realpath(resolve(folder));
  } catch (error) {
    throw refused(`it cannot be read: ${whyOf(error)}`, error);
  }
  const data = await realpath(dataFolder);
  if (isIn(data, real) || isIn(real, data)) throw refused("the data folder lies in it, or it in that");
  return real;
}

/** Whether the one is the other, or lies in it: both as they really are. */
export function isIn(inner: string, outer: string): boolean {
  const way = relative(outer, inner);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`));
}
