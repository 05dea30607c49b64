import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { StoredFile } from "../functions/files.ts";

const chunkBytes = 64 * 1024;

/** A file of this machine's disk, as long as it is now: what is added later is not read. */
export async function openStoredFile(path: string): Promise<StoredFile> {
  const found = await stat(path);
  if (!found.isFile()) throw Object.assign(new Error(`${path} is no file`), { code: "EISDIR" });
  const bytes = found.size;
  return {
    name: path,
    bytes,
    read({ from, to } = { from: 0, to: bytes }) {
      if (from >= to) return nothing();
      return createReadStream(path, { start: from, end: to - 1, highWaterMark: chunkBytes });
    },
  };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
