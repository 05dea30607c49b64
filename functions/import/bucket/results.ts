import type { Bucket } from "../../files.ts";
import type { Log } from "../../log.ts";
import { asProblem } from "../../problem.ts";
import type { FilePorts, ToldFile } from "../load/files.ts";
import { rejectedCsv } from "../load/rejected.ts";
import { toldView } from "../load/views.ts";

interface ResultPorts extends FilePorts {
  readonly bucket: Bucket;
  readonly log: Log;
  /** See BucketPorts. */
  readonly source?: "bucket" | "folder";
}

/** Lays what became of a file beside where it was put: IMPORT/results/NAME.result.json, and its bad rows as
 *  NAME.rejects.csv. So a sender's own program can read it, without an account here. What cannot be told is
 *  no reason to hold up the files behind it. */
export async function tellSender(ports: ResultPorts, told: ToldFile): Promise<void> {
  if (told.source !== (ports.source ?? "bucket")) return;
  await putResults(ports, told).catch((error: unknown) =>
    ports.log("ERROR", "A sender is not told what became of a file.", {
      event: "sender_not_told",
      import: told.import_id,
      file_id: told.file_id,
      detail: asProblem(error).message,
    }),
  );
}

/** @throws files_down, warehouse_down */
async function putResults(ports: ResultPorts, told: ToldFile): Promise<void> {
  const { import_id, name, file_id } = told;
  const beside = `${import_id}/results/${name}`;
  if ((told.rejected ?? 0) > 0)
    await ports.bucket.put(
      `${beside}.rejects.csv`,
      "text/csv; charset=utf-8",
      inBytes(await rejectedCsv(ports, import_id, file_id)),
    );
  const text = `${JSON.stringify({ import: import_id, ...toldView(told) }, undefined, 2)}\n`;
  await ports.bucket.put(`${beside}.result.json`, "application/json", inBytes([text]));
}

async function* inBytes(texts: AsyncIterable<string> | readonly string[]): AsyncGenerator<Uint8Array> {
  for await (const text of texts) yield Buffer.from(text);
}
