import { constants } from "node:fs";
import { lstat, mkdir, open, readdir, rename, rm, unlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { syncFolder } from "../../folder/backup.ts";
import { attributesOf, type Attributes, type SetAttributes } from "./attributes.ts";
import { createFiles, isMeant, type BoxFile, type BoxPorts } from "./files.ts";
import { openFolders } from "./folders.ts";
import { moveFile, moveFolder } from "./moving.ts";
import { noteWrite } from "./noted.ts";
import { readerOf, writerOf, type OpenFile } from "./open-file.ts";
import { demandFilePlace, isOwn, namesOf } from "./paths.ts";
import { recallNotes } from "./recalled.ts";
import { failure } from "./refusal.ts";

/** One drop box: a folder of the disk, and what is known of each file in it. All that changes which files
 *  there are happens one after the other, whatever session asks. */

export interface Asked {
  readonly read: boolean;
  readonly write: boolean;
  readonly append: boolean;
  readonly create: boolean;
  readonly truncate: boolean;
  readonly exclusive: boolean;
}

const nothingAsked: Asked = {
  read: false,
  write: false,
  append: false,
  create: false,
  truncate: false,
  exclusive: false,
};

export type Box = Awaited<ReturnType<typeof openBox>>;

const hourMs = 3_600_000;
const partialMs = 24 * hourMs;
const staysMs = 7 * 24 * hourMs;
const doneMs = 30 * 24 * hourMs;
/** A result that is being written. */
const unfinished = "results/.partial";

/** @param root of its own, made where it is not there
 *  @throws documents_down, and what the disk says */
export async function openBox(user: string, root: string, ports: BoxPorts) {
  const { documents, clock, limits } = ports;
  const files = createFiles(user, root, ports);
  const { inTurn, onDisk, diskOf } = files;
  const moving = { user, files, documents, clock };

  async function openToWrite(names: readonly string[], asked: Asked): Promise<OpenFile> {
    demandFilePlace(names);
    const path = names.join("/");
    if (asked.create && files.get(path) === undefined && files.count() >= limits.filesMax)
      throw failure(`The drop box is full: at most ${limits.filesMax} files. Remove some from it.`);
    const flags =
      (asked.read ? constants.O_RDWR : constants.O_WRONLY) |
      constants.O_NOFOLLOW |
      (asked.create ? constants.O_CREAT : 0) |
      (asked.create && asked.exclusive ? constants.O_EXCL : 0);
    const handle = await open(onDisk(names), flags, 0o600);
    try {
      const file = files.get(path) ?? files.add(path, await handle.stat({ bigint: true }));
      await files.disturb(file);
      if (asked.truncate) {
        await handle.truncate(0);
        files.grow(file, 0);
      }
      file.writers += 1;
      return writerOf(handle, file, {
        isAppend: asked.append,
        grow: files.grow,
        ended: (isWhole) => files.ended(file, isWhole),
      });
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async function removeFile(file: BoxFile): Promise<void> {
    await unlink(diskOf(file));
    files.forget(file);
    if (file.closedAt !== undefined) await documents.commit([noteWrite(user, file.path, null)]);
  }

  async function look(names: readonly string[]): Promise<Attributes> {
    return attributesOf(await lstat(onDisk(names), { bigint: true }));
  }

  /** What is too old, as the rules say. */
  async function sweepFile(file: BoxFile): Promise<void> {
    const found = await lstat(diskOf(file), { bigint: true }).catch(ifThere);
    // Somebody has removed it by hand.
    if (found === undefined) return files.forget(file);
    const age = clock.now() - Number(found.ctimeMs);
    if (isOwn(file.path.split("/"))) {
      if (age > doneMs) await removeFile(file);
    } else if (file.takenAt !== undefined) {
      if (clock.now() - file.takenAt > staysMs) await moveToDone(file);
    } else if (file.closedAt === undefined || !isMeant(file)) {
      if (age > partialMs) await removeFile(file);
    }
  }

  async function moveToDone(file: BoxFile): Promise<void> {
    const names = ["done", ...file.path.split("/")];
    await mkdir(dirname(onDisk(names)), { recursive: true, mode: 0o700 });
    const from = file.path.split("/");
    file.closedAt = undefined;
    await moveFile(moving, from, names);
  }

  await mkdir(root, { recursive: true, mode: 0o700 });
  await syncFolder(dirname(root));
  for await (const path of filesIn(root))
    files.add(path, await lstat(onDisk(path.split("/")), { bigint: true }));
  const folders = await openFolders(root, limits.foldersMax);
  await recallNotes({ user, files, documents });
  for (const file of files.all()) files.settle(file);

  return {
    user,
    diskOf,
    settle: files.settle,
    note: (file: BoxFile) => files.note(file.path, file),
    /** How many wait until the box has an import. */
    waiting: () =>
      files.all().filter((file) => file.closedAt !== undefined && file.takenAt === undefined && isMeant(file))
        .length,
    settleAll(afterMs?: number) {
      for (const file of files.all()) files.settle(file, afterMs);
    },
    stop() {
      for (const file of files.all()) file.callOff?.();
    },

    look: async (path: string) => look(namesOf(path)),

    async list(path: string): Promise<{ name: string; attributes: Attributes }[]> {
      const names = namesOf(path);
      const found = await readdir(onDisk(names), { withFileTypes: true });
      const shown = found.filter((one) => one.isFile() || one.isDirectory());
      const looked = shown.map(async ({ name }) => {
        const path = [...names, name];
        if (path.join("/") === unfinished) return [];
        const attributes = await look(path).catch(ifThere);
        return attributes === undefined ? [] : [{ name, attributes }];
      });
      return (await Promise.all(looked)).flat();
    },

    open: async (path: string, asked: Asked): Promise<OpenFile> => {
      const names = namesOf(path);
      if (asked.write) return inTurn(() => openToWrite(names, asked));
      const handle = await open(onDisk(names), constants.O_RDONLY | constants.O_NOFOLLOW);
      if ((await handle.stat()).isFile()) return readerOf(handle);
      await handle.close();
      throw failure("It is a folder.");
    },

    async setAttributes(path: string, { size, atime, mtime }: SetAttributes): Promise<void> {
      const names = namesOf(path);
      const before = await look(names);
      if (size !== undefined) {
        // One that was partial is so with another size.
        const isWhole = files.get(names.join("/"))?.closedAt !== undefined;
        const file = await inTurn(() => openToWrite(names, { ...nothingAsked, write: true }));
        try {
          await file.setAttributes({ size });
        } finally {
          await file.close(isWhole);
        }
      }
      if (isOwn(names) || names.length === 0) return;
      if (atime !== undefined || mtime !== undefined)
        await utimes(onDisk(names), atime ?? before.atime, mtime ?? before.mtime);
    },

    remove: (path: string) =>
      inTurn(async () => {
        const names = namesOf(path);
        const file = files.get(names.join("/"));
        if (file === undefined) {
          await look(names);
          throw failure("It is a folder.");
        }
        await removeFile(file);
      }),

    makeFolder: (path: string) => inTurn(async () => folders.make(namesOf(path))),

    removeFolder: (path: string) => inTurn(async () => folders.remove(namesOf(path))),

    /** Replaces a file of the other name. */
    rename: (from: string, to: string) =>
      inTurn(async () => {
        const [source, target] = [namesOf(from), namesOf(to)];
        demandFilePlace(source);
        demandFilePlace(target);
        if ((await look(source)).isFolder) await moveFolder(moving, source, target);
        else await moveFile(moving, source, target);
      }),

    /** Of the server's own, under results/. */
    putResult: (path: string, suffix: string, content: string) =>
      inTurn(async () => {
        const names = ["results", ...path.split("/")];
        names.push(cut(names.pop()!, 255 - suffix.length) + suffix);
        await mkdir(dirname(onDisk(names)), { recursive: true, mode: 0o700 });
        const partial = join(root, unfinished);
        await writeFile(partial, content, { mode: 0o600 });
        await rename(partial, onDisk(names));
        const before = files.get(names.join("/"));
        if (before !== undefined) files.forget(before);
        files.add(names.join("/"), await lstat(onDisk(names), { bigint: true }));
      }),

    /** A file that cannot go holds up no other. @throws what the first of them threw */
    async sweep(): Promise<void> {
      const failures: unknown[] = [];
      for (const file of files.all())
        await inTurn(async () => {
          if (file.writers === 0 && !file.isGone) await sweepFile(file);
        }).catch((error: unknown) => failures.push(error));
      await inTurn(folders.sweep).catch((error: unknown) => failures.push(error));
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** What somebody has removed just now is not there. */
function ifThere(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

/** With their folders, by slashes. */
async function* filesIn(root: string, within: readonly string[] = []): AsyncGenerator<string> {
  for (const found of await readdir(join(root, ...within), { withFileTypes: true })) {
    const names = [...within, found.name];
    if (found.isDirectory()) yield* filesIn(root, names);
    // It was on its way when the process ended.
    else if (names.join("/") === unfinished) await rm(join(root, ...names));
    else if (found.isFile()) yield names.join("/");
  }
}

/** Whole characters of at most so many bytes. */
function cut(name: string, bytesMax: number): string {
  let bytes = 0;
  const kept: string[] = [];
  for (const letter of name) {
    bytes += Buffer.byteLength(letter);
    if (bytes > bytesMax) break;
    kept.push(letter);
  }
  return kept.join("");
}
