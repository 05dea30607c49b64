import { createHash } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { KeptFiles } from "../../../functions/files.ts";
import { Problem } from "../../../functions/problem.ts";
import { filesDown } from "../../../functions/problems.ts";
import { syncFolder } from "../folder/backup.ts";
import { openStoredFile } from "../../stored-file.ts";

/** Whoever copies them needs them to stay: what is to go meanwhile goes afterwards. */
export interface HeldFiles extends KeptFiles {
  holding<Done>(work: () => Promise<Done>): Promise<Done>;
}

/** Files in a folder that is made with the first of them. One has its name once all of it is on the disk.
 *  @param folder absolute; its parent is there */
export function openKeptFiles(folder: string): HeldFiles {
  const pathOf = (id: string) => join(folder, id);
  const removeNow = (id: string) => rm(pathOf(id), { force: true });
  let holders = 0;
  const afterwards = new Set<string>();
  return {
    async keep(id, bytes) {
      // A folder that was just made is as durable as its own entry.
      const made = await mkdir(folder, { recursive: true, mode: 0o700 });
      if (made !== undefined) await syncFolder(dirname(folder));
      const partial = `${pathOf(id)}.partial`;
      try {
        const written = await writeAll(partial, bytes);
        await rename(partial, pathOf(id));
        await syncFolder(folder);
        return written;
      } catch (error) {
        // What is left of it goes with the old ones.
        await rm(partial, { force: true }).catch(() => undefined);
        const { code } = error as NodeJS.ErrnoException;
        const isDisk = !(error instanceof Problem) && typeof code === "string" && /^E[A-Z]+$/.test(code);
        throw isDisk ? filesDown({ why: code === "ENOSPC" ? "the disk is full" : code }, error) : error;
      }
    },
    async open(id) {
      const there = await stat(pathOf(id)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error;
      });
      return there === undefined ? undefined : openStoredFile(pathOf(id));
    },
    async remove(id) {
      if (holders > 0) afterwards.add(id);
      else await removeNow(id);
    },
    async holding(work) {
      holders += 1;
      try {
        return await work();
      } finally {
        holders -= 1;
        if (holders === 0) {
          await Promise.all([...afterwards].map(removeNow));
          afterwards.clear();
        }
      }
    },
    async removeOld(before) {
      // The next time will do.
      if (holders > 0) return;
      for (const name of await readdir(folder).catch(nothingThere)) {
        const there = await stat(join(folder, name)).catch(nothingThere);
        if (!Array.isArray(there) && there.mtimeMs < before) await rm(join(folder, name), { force: true });
      }
    },
  };
}

function nothingThere(error: NodeJS.ErrnoException): never[] {
  if (error.code !== "ENOENT") throw error;
  return [];
}

async function writeAll(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  const handle = await open(path, "w", 0o600);
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
      await handle.writeFile(chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { bytes, sha256: hash.digest("hex") };
}
