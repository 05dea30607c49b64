import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Scratch } from "../functions/files.ts";
import { openStoredFile } from "./stored-file.ts";

/** Room among the temporary files of the machine. */
export const scratch: Scratch = {
  async keep(bytes) {
    const folder = await mkdtemp(join(tmpdir(), "afterclick-import-"));
    const dispose = () => rm(folder, { recursive: true, force: true });
    try {
      const path = join(folder, "unpacked");
      await pipeline(Readable.from(bytes), createWriteStream(path, { mode: 0o600 }));
      return { ...(await openStoredFile(path)), [Symbol.asyncDispose]: dispose };
    } catch (error) {
      await dispose();
      throw error;
    }
  },
};
