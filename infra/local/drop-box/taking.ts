import { open } from "node:fs/promises";
import { receiveFile, type ArrivalPorts } from "../../../functions/import/load/arrivals.ts";
import type { Log } from "../../../functions/log.ts";
import { asProblem } from "../../../functions/problem.ts";
import type { Box } from "./box/box.ts";
import type { BoxFile } from "./box/files.ts";

const chunkBytes = 64 * 1024;
const againMs = 30_000;

/** A client wrote to the file, moved or removed it while it was copied: it is settled anew. */
class Disturbed extends Error {}

/** Takes files that are settled: a copy that nobody changes any more arrives at the import, as an upload
 *  does. One after the other, as they were settled: a correction must not overtake what it corrects. */
export function createTaking(ports: ArrivalPorts & { readonly log: Log }) {
  let last: Promise<void> = Promise.resolve();

  async function take(box: Box, importName: string, file: BoxFile): Promise<void> {
    const { generation } = file;
    const isAsItWas = () =>
      file.generation === generation && file.writers === 0 && file.takenAt === undefined;
    if (!isAsItWas()) return;
    const [takenAt, arrivedAt] = [ports.now(), file.closedAt];
    try {
      await receiveFile(
        ports,
        { id: box.user, how: "sftp" },
        {
          importName,
          name: file.path,
          source: "sftp",
          ...(arrivedAt !== undefined && { arrivedAt }),
          bytes: bytesOf(box.diskOf(file), isAsItWas),
          writes: [box.note({ ...file, takenAt })],
        },
      );
      if (isAsItWas()) file.takenAt = takenAt;
    } catch (error) {
      // Whatever disturbed it settles it again.
      if (error instanceof Disturbed || !isAsItWas()) return;
      const { code, message, cause } = asProblem(error);
      ports.log("WARNING", "A file of a drop box could not be taken; it is tried again.", {
        event: "dropped_file_not_taken",
        import: importName,
        code,
        detail: code === "internal" ? String(cause) : message,
      });
      box.settle(file, againMs);
    }
  }

  return {
    take(box: Box, importName: string, file: BoxFile): void {
      last = last.then(() => take(box, importName, file));
    },
    /** Resolves once what has begun has ended. */
    idle: () => last,
  };
}

async function* bytesOf(path: string, isAsItWas: () => boolean): AsyncGenerator<Uint8Array> {
  const handle = await open(path, "r");
  try {
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes);
      // Also behind the last byte.
      if (!isAsItWas()) throw new Disturbed();
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}
