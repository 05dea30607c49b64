import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { why } from "./api/api.ts";
import type { Settings } from "./command.ts";
import { failed } from "./failure.ts";
import { visible } from "./terminal/visible.ts";

/** No document of ours is larger. */
const fileBytesMax = 16 * 1024 * 1024;

/** What a file of JSON holds. @throws Failure where it cannot be read so */
export async function readJsonFile(
  file: string,
  { workingDir }: Pick<Settings, "workingDir">,
): Promise<unknown> {
  try {
    const bytes = await readFile(resolve(workingDir, file));
    if (bytes.byteLength > fileBytesMax) throw new Error(`it has ${bytes.byteLength} bytes`);
    return JSON.parse(bytes.toString()) as unknown;
  } catch (error) {
    throw failed(visible(`${file} cannot be read as JSON: ${why(error)}.`), error);
  }
}
