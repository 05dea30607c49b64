import type { BigIntStats } from "node:fs";
import { access, constants, lstat, mkdir, open, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Bucket, BucketObject, KeptFiles } from "../../../functions/files.ts";
import type { Log } from "../../../functions/log.ts";
import { isIn } from "./readable.ts";

/** A folder into which others put files, as a bucket: IMPORT/in for the files of an import, IMPORT/results
 *  for what became of them, where somebody made that. Whoever writes there tells nobody when a file is whole:
 *  it is taken for whole once it is the same, by size and times, as at a look before.
 *
 *  A generation is the time of the inode's last change: nobody sets it, as they do a file's time. It says
 *  whether a file is another one, and not which is newer: not all file systems change it with a new name. */

interface WatchedPorts {
  /** As it really is. */
  readonly root: string;
  readonly keptFiles: KeptFiles;
  readonly now: () => number;
  readonly log: Log;
}

/** At least so long a file stays the same. */
const settleMs = 5_000;
/** Of one import; what is beyond them is told, and left alone. */
const filesMax = 10_000;
const depthMax = 10;
const toldMax = 1_000;

export function openWatchedFolder({ root, keptFiles, now, log }: WatchedPorts): Bucket {
  const seen = new Map<string, { readonly mark: string; readonly since: number }>();
  const told = new Set<string>();

  /** Once: it is looked at every minute. */
  function tell(path: string, why: string): void {
    const said = `${path}\n${why}`;
    if (told.has(said) || told.size >= toldMax) return;
    told.add(said);
    log("WARNING", `In the watched folder ${JSON.stringify(path)} is not read: ${why}.`, {
      event: "watched_not_read",
    });
  }

  /** Files below a folder, by their names from the root. */
  async function* filesIn(folder: string, depth = 0): AsyncGenerator<string> {
    if (depth > depthMax) return tell(folder, `it lies more than ${depthMax} folders deep`);
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((error: unknown) => {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOENT") tell(folder, String(code));
      return [];
    });
    for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
      const name = `${folder}${entry.name}`;
      if (entry.isDirectory()) yield* filesIn(`${name}/`, depth + 1);
      else if (entry.isFile()) yield name;
      else tell(name, "it is no file");
    }
  }

  async function settled(name: string): Promise<BucketObject | undefined> {
    const there = await look(name);
    if (there === undefined) return undefined;
    const mark = `${there.ino}.${there.size}.${there.mtimeNs}.${there.ctimeNs}`;
    const known = seen.get(name);
    if (known?.mark !== mark) {
      seen.set(name, { mark, since: now() });
      return undefined;
    }
    // Either way: the clock may have been set back since.
    if (Math.abs(now() - known.since) < settleMs) return undefined;
    try {
      await access(join(root, name), constants.R_OK);
    } catch (error) {
      tell(name, String((error as NodeJS.ErrnoException).code));
      return undefined;
    }
    return objectOf(name, there);
  }

  async function look(name: string): Promise<BigIntStats | undefined> {
    // Gone since it was listed, or out of reach: there is no file to be taken.
    const there = await lstat(join(root, name), { bigint: true }).catch(() => undefined);
    return there?.isFile() === true ? there : undefined;
  }

  return {
    async list(prefix) {
      // Most imports have none.
      const folder = await realpath(join(root, prefix)).catch(() => undefined);
      if (folder === undefined) return { objects: [] };
      if (!isIn(folder, root)) {
        tell(prefix, "it leads out of the folder");
        return { objects: [] };
      }
      const objects: BucketObject[] = [];
      const names = new Set<string>();
      for await (const name of filesIn(prefix)) {
        if (names.size >= filesMax) {
          tell(prefix, `it has more than ${filesMax} files; move those away that are imported`);
          break;
        }
        names.add(name);
        const object = await settled(name);
        if (object !== undefined) objects.push(object);
      }
      for (const name of seen.keys()) if (name.startsWith(prefix) && !names.has(name)) seen.delete(name);
      return { objects };
    },

    async find(name, generation) {
      const there = await look(name);
      return there?.ctimeNs.toString() === generation ? objectOf(name, there) : undefined;
    },

    async keep({ name, generation }, id) {
      const isSame = async () => (await look(name))?.ctimeNs.toString() === generation;
      const file = await open(join(root, name), constants.O_RDONLY | constants.O_NOFOLLOW).catch(
        () => undefined,
      );
      if (file === undefined) return false;
      try {
        await keptFiles.keep(id, file.createReadStream({ autoClose: false }));
      } finally {
        await file.close();
      }
      // Whoever wrote to it meanwhile changed the time: it comes again once it stays the same.
      if (await isSame()) return true;
      await keptFiles.remove(id);
      return false;
    },

    async put(name, _contentType, bytes) {
      const results = join(root, name.split("/").slice(0, 2).join("/"));
      // Nobody asked for it.
      if (
        !(await stat(results).then(
          (there) => there.isDirectory(),
          () => false,
        ))
      )
        return;
      const path = join(root, name);
      await mkdir(dirname(path), { recursive: true });
      const partial = `${path}.partial`;
      try {
        const file = await open(partial, "w");
        try {
          for await (const part of bytes) await file.writeFile(part);
        } finally {
          await file.close();
        }
        await rename(partial, path);
      } catch (error) {
        // The failure before it is the one to tell.
        await rm(partial, { force: true }).catch(() => undefined);
        throw error;
      }
    },
  };
}

const objectOf = (name: string, { ctimeNs, ctimeMs, size }: BigIntStats): BucketObject => ({
  name,
  generation: ctimeNs.toString(),
  bytes: Number(size),
  at: Number(ctimeMs),
});
