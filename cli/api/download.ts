import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { why } from "./api.ts";
import type { Tools } from "../command.ts";
import { failed } from "../failure.ts";
import { visible } from "../terminal/visible.ts";

/** Large tables take their time; past it something hangs. */
const deadlineMs = 60 * 60 * 1000;

/** What is exported.
 *  @property format `excel` is CSV for a spreadsheet */
export type Asked = ({ table: string } | { sql: string }) & { format: "parquet" | "csv" | "excel" };

/** Writes an export to a file, which has its name once it is whole, and which only its owner may read.
 *  @returns the bytes written */
export async function download(
  asked: Asked,
  file: string,
  { api, stopped }: Pick<Tools, "api" | "stopped">,
): Promise<number> {
  const response = await api.open({
    method: "POST",
    path: "/v1/export",
    body: asked,
    accept: "*/*",
    deadlineMs,
  });
  // In the same folder, since only there a rename is one step.
  const partial = join(dirname(file), `.${basename(file)}.${randomUUID().slice(0, 8)}.partial`);
  try {
    const sink = createWriteStream(partial, { flags: "wx", mode: 0o600 });
    await pipeline(response, sink, { signal: stopped });
    const handle = await open(partial, "r+");
    await handle.sync().finally(() => handle.close());
    await rename(partial, file);
    return sink.bytesWritten;
  } catch (error) {
    response.destroy();
    await rm(partial, { force: true });
    if (stopped.aborted) throw error;
    throw failed(visible(`${file} was not written: ${why(error)}. Fix it and export again.`), error);
  }
}
