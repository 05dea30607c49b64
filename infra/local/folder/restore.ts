import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Problem } from "../../../functions/problem.ts";
import { restoreRefused } from "../../../functions/problems.ts";
import { manifestName, syncFolder, type Manifest } from "./backup.ts";
import { writePending } from "./files.ts";
import { lockFolder } from "./lock.ts";
import { arrivedName, besideFiles, dataFiles, secretsFile } from "./page.ts";

/** Beside each file while it is copied: it gets its own name when all of them are whole. */
const restoringSuffix = ".restoring";
/** Each file that waits is a line of it. */
const manifestBytesMax = 64 * 1024 * 1024;
const names: readonly string[] = Object.values(dataFiles);
/** With what only some folders have. */
const allNames: readonly string[] = [...names, secretsFile];

/** Brings a backup back into a data folder that holds no data, while no server runs on it. All files or none:
 *  they are copied and compared with their checksums first, and get their names after that.
 *  @returns the files with their sizes in bytes
 *  @throws restore_refused, folder_in_use, folder_unusable */
export async function restore(
  backupDirectory: string,
  dataDirectory: string,
): Promise<{ name: string; bytes: number }[]> {
  const manifest = await readManifest(backupDirectory);
  // Before the lock: it makes the folder, and a backup that cannot be used should leave nothing behind.
  await checkSizes(backupDirectory, manifest);
  const lock = await lockFolder(dataDirectory);
  try {
    await refuseData(dataDirectory);
    await copyAll(backupDirectory, dataDirectory, manifest);
  } catch (error) {
    await lock.abandon();
    throw error;
  } finally {
    await lock.release();
  }
  return manifest.files.map(({ name, bytes }) => ({ name, bytes }));
}

/** A restore that was killed while it gave the files their names leaves some of them without the others: a
 *  server that started on these would lack hits. Called under the folder's lock, before any file is opened.
 *  @throws restore_refused */
export async function refuseHalfRestored(dataDirectory: string): Promise<void> {
  const left = (await readdir(dataDirectory)).filter((name) => name.endsWith(restoringSuffix));
  if (left.length === 0) return;
  throw cannot(
    `A restore into ${dataDirectory} was interrupted: ${left.join(", ")} is left of it.`,
    "Empty the folder and restore the backup again.",
  );
}

async function copyAll(from: string, to: string, { files }: Manifest): Promise<void> {
  const arrived = files.filter(({ name }) => arrivedName.test(name));
  try {
    if (arrived.length > 0) await mkdir(join(to, besideFiles.imports), { recursive: true, mode: 0o700 });
    for (const { name, bytes, sha256 } of files) {
      const copied = await copy(join(from, name), join(to, name + restoringSuffix));
      if (copied.bytes !== bytes || copied.sha256 !== sha256) {
        throw cannot(
          `${name} in the backup is not what ${manifestName} says: it was changed or is damaged.`,
          "Use another backup.",
        );
      }
    }
  } catch (error) {
    for (const { name } of files) await rm(join(to, name + restoringSuffix), { force: true });
    // One that was there with files in it stays.
    await rmdir(join(to, besideFiles.imports)).catch(() => undefined);
    if (error instanceof Problem) throw error;
    throw cannot(
      `The backup could not be copied (${reason(error)}).`,
      "Fix that and restore it again.",
      error,
    );
  }
  // Copied one after the other, they have not seen each other as they are: the next start makes them one set.
  await writePending(to, []);
  // The data comes last: as long as some of it has no name, a start tells that it is half restored.
  for (const { name } of [...arrived, ...files.filter((file) => !arrived.includes(file))])
    await rename(join(to, name + restoringSuffix), join(to, name));
  if (arrived.length > 0) await syncFolder(join(to, besideFiles.imports));
  await syncFolder(to);
}

/** Copies to the disk, and says what went through. */
async function copy(from: string, to: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      hash.update(chunk);
      bytes += chunk.length;
      next(null, chunk);
    },
  });
  await pipeline(
    createReadStream(from, { highWaterMark: 1024 * 1024 }),
    measure,
    createWriteStream(to, { mode: 0o600 }),
  );
  const handle = await open(to, "r+");
  await handle.sync().finally(() => handle.close());
  return { bytes, sha256: hash.digest("hex") };
}

async function refuseData(directory: string): Promise<void> {
  // Also queue.sqlite-wal, warehouse.duckdb.wal and the like: such a file would be
  // read into what is restored.
  const there = (await readdir(directory)).filter(
    (name) => allNames.some((file) => name.startsWith(file)) && !name.endsWith(restoringSuffix),
  );
  if (there.length === 0) return;
  throw cannot(
    `The folder ${directory} holds data already (${there.join(", ")}).`,
    "Move these files away, or restore into another folder with --data-dir.",
  );
}

async function checkSizes(directory: string, { files }: Manifest): Promise<void> {
  for (const { name, bytes } of files) {
    // What cannot be seen is missing, as the sentence below says.
    const found = await stat(join(directory, name)).catch(() => undefined);
    if (found?.isFile() === true && found.size === bytes) continue;
    throw cannot(
      `${name} in the backup ${found === undefined ? "is missing" : `has ${found.size} bytes; ${manifestName} says ${bytes}`}.`,
      "Use another backup.",
    );
  }
}

async function readManifest(directory: string): Promise<Manifest> {
  const file = join(directory, manifestName);
  const next = "Name the folder of a finished backup, as afterclick backup made it.";
  const size = await stat(file).then(
    (found) => found.size,
    (error: unknown) => {
      throw cannot(`${directory} is no backup: ${manifestName} is not in it.`, next, error);
    },
  );
  if (size > manifestBytesMax)
    throw cannot(`${file} has ${size} bytes; a real one has less than ${manifestBytesMax}.`, next);
  let manifest: unknown;
  try {
    manifest = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw cannot(`${file} cannot be read (${reason(error)}).`, next, error);
  }
  if (!isManifest(manifest)) {
    throw cannot(
      `${file} is not what this Afterclick writes.`,
      "Restore it with the Afterclick that made it.",
    );
  }
  return manifest;
}

/** Exactly our own names, each once: nothing is ever written elsewhere. */
function isManifest(found: unknown): found is Manifest {
  const { format, created_at, files } = (found ?? {}) as Partial<Manifest>;
  return (
    format === 1 &&
    typeof created_at === "string" &&
    Array.isArray(files) &&
    files.every(isEntry) &&
    new Set(files.map(({ name }) => name)).size === files.length &&
    files.every(({ name }) => allNames.includes(name) || arrivedName.test(name)) &&
    names.every((name) => files.some((file) => file.name === name))
  );
}

function isEntry(found: unknown): found is Manifest["files"][number] {
  const { name, bytes, sha256 } = (found ?? {}) as Partial<Manifest["files"][number]>;
  return (
    typeof name === "string" &&
    Number.isSafeInteger(bytes) &&
    bytes! >= 0 &&
    typeof sha256 === "string" &&
    /^[0-9a-f]{64}$/.test(sha256)
  );
}

function cannot(why: string, next: string, cause?: unknown): Problem {
  return restoreRefused({ why, next }, cause);
}

function reason(error: unknown): string {
  return (error as { message?: string }).message ?? String(error);
}
