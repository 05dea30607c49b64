import type { FilePorts, ToldFile } from "../../../functions/import/load/files.ts";
import { rejectedCsv } from "../../../functions/import/load/rejected.ts";
import { toldView } from "../../../functions/import/load/views.ts";
import type { Log } from "../../../functions/log.ts";
import { asProblem } from "../../../functions/problem.ts";
import type { Box } from "./box/box.ts";

/** So many bad rows, in bytes, are laid into a drop box; all of them are in the panel's list. */
const rejectsBytesMax = 16 * 1024 * 1024;

/** What became of a file, beside it: so that whoever sends by a program reads it there. */
export async function layResult(ports: FilePorts & { log: Log }, box: Box, told: ToldFile): Promise<void> {
  try {
    const rejects = (told.rejected ?? 0) > 0 ? await rejectsOf(ports, told) : undefined;
    const view = {
      ...toldView(told),
      ...(rejects?.isCut === true && { rejects_cut: true }),
    };
    if (rejects !== undefined) await box.putResult(told.name, ".rejects.csv", rejects.text);
    await box.putResult(told.name, ".result.json", `${JSON.stringify(view, null, 2)}\n`);
  } catch (error) {
    // The file is imported all the same, and its list says what became of it.
    const { code, message, cause } = asProblem(error);
    ports.log("WARNING", "What became of a file could not be laid into its drop box.", {
      event: "result_not_laid",
      file_id: told.file_id,
      detail: code === "internal" ? String(cause) : message,
    });
  }
}

async function rejectsOf(ports: FilePorts, told: ToldFile): Promise<{ text: string; isCut: boolean }> {
  const lines: string[] = [];
  let bytes = 0;
  for await (const line of await rejectedCsv(ports, told.import_id, told.file_id)) {
    bytes += Buffer.byteLength(line);
    if (bytes > rejectsBytesMax) return { text: lines.join(""), isCut: true };
    lines.push(line);
  }
  return { text: lines.join(""), isCut: false };
}
