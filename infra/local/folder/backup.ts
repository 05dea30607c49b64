import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, constants, mkdir, open, readdir, realpath, rename, rm } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import { Problem } from "../../../functions/problem.ts";
import { backupRefused } from "../../../functions/problems.ts";
import type { Backup } from "../../../functions/snapshots.ts";
import { arrivedName, besideFiles, dataFiles, secretsFile } from "./page.ts";

/** A store that can copy itself while it is in use. */
export interface Snapshotting {
  /** Writes one consistent state of the store into a file that is not there yet;
   *  resolves once it is on the disk.
   *  @throws and leaves no half file behind */
  snapshot(file: string): Promise<void>;
}

/** Written last: a folder without it is no backup. */
export const manifestName = "backup.json";

/** What `backup.json` holds. */
export interface Manifest {
  /** Of the manifest and the set of files. */
  readonly format: 1;
  /** ISO 8601. */
  readonly created_at: string;
  readonly files: readonly {
    readonly name: string;
    readonly bytes: number;
    readonly sha256: string;
  }[];
}

/** A consistent copy of everything while it runs; infra/local/folder/restore.ts brings it back.
 *  @param directory absolute; empty, or not there yet
 *  @param dataDirectory where the stores are
 *  @throws backup_refused; what the stores throw. What was written until then is taken away. */
export async function backup(
  stores: {
    queue: Snapshotting;
    warehouse: Snapshotting;
    registry: Snapshotting;
  },
  directory: string,
  dataDirectory: string,
): Promise<Backup> {
  await refuseInside(directory, dataDirectory);
  const isNew = await makeEmpty(directory);
  await claim(directory);
  const made = [partialOf(directory)];
  try {
    const files: Manifest["files"][number][] = [];
    // The queue first: a hit leaves it only after it is in the warehouse, so that what the copy of the queue
    // lacks is in the copy of the warehouse. What is in both is delivered again, as everything may be. The
    // registry comes last: it then knows every stream that the other two have hits of.
    for (const store of ["queue", "warehouse", "registry"] as const) {
      const file = join(directory, dataFiles[store]);
      await stores[store].snapshot(file);
      made.push(file);
      files.push({ name: dataFiles[store], ...(await digest(file)) });
    }
    const secrets = join(directory, secretsFile);
    // They are replaced as a whole, so that a copy is one state of them.
    if (await copyDurably(join(dataDirectory, secretsFile), secrets)) {
      made.push(secrets);
      files.push({ name: secretsFile, ...(await digest(secrets)) });
    }
    // After the registry, which says which of them wait for their turn.
    const arrived = await arrivedIn(dataDirectory);
    if (arrived.length > 0) {
      made.push(join(directory, besideFiles.imports));
      await mkdir(join(directory, besideFiles.imports), { mode: 0o700 });
      for (const name of arrived) {
        const file = join(directory, name);
        if (await copyDurably(join(dataDirectory, name), file)) files.push({ name, ...(await digest(file)) });
      }
      await syncFolder(join(directory, besideFiles.imports));
    }
    const manifest: Manifest = {
      format: 1,
      created_at: new Date().toISOString(),
      files,
    };
    made.push(join(directory, manifestName));
    await writeManifest(directory, manifest);
    return { files: files.map(({ name, bytes }) => ({ name, bytes })) };
  } catch (error) {
    for (const file of made) await rm(file, { force: true, recursive: true });
    if (isNew) await rm(directory, { recursive: true, force: true });
    if (error instanceof Problem) throw error;
    throw backupRefused({ why: `It could not be written (${reason(error)}).` }, error);
  }
}

/** Files whose rows are not written yet, or may be asked for. Whoever calls sees to it that none of them goes
 *  meanwhile. */
async function arrivedIn(dataDirectory: string): Promise<string[]> {
  const names = await readdir(join(dataDirectory, besideFiles.imports)).catch((error: unknown) => {
    if ((error as { code?: unknown }).code === "ENOENT") return [];
    throw error;
  });
  // Beside them lies what is still coming in.
  return names.map((name) => `${besideFiles.imports}/${name}`).filter((name) => arrivedName.test(name));
}

/** @returns whether it is there */
async function copyDurably(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL);
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return false;
    throw error;
  }
  const handle = await open(to, "r+");
  await handle.sync().finally(() => handle.close());
  return true;
}

/** Size and SHA-256 of a file that nobody writes to. */
async function digest(file: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(file, {
    highWaterMark: 1024 * 1024,
  }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** A file's name is durable only once its folder is. */
export async function syncFolder(directory: string): Promise<void> {
  // Windows opens no folders; there the file system keeps names by itself.
  if (process.platform === "win32") return;
  const handle = await open(directory, "r");
  await handle.sync().finally(() => handle.close());
}

/** @returns whether it was made just now */
async function makeEmpty(directory: string): Promise<boolean> {
  if (!isAbsolute(directory))
    throw backupRefused({
      why: "The path is relative, and the server has a folder of its own.",
    });
  try {
    await mkdir(directory);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code !== "EEXIST") {
      throw backupRefused({ why: `The directory cannot be made (${reason(error)}).` }, error);
    }
  }
  const there = await readdir(directory).catch((error: unknown) => {
    throw backupRefused({ why: `The directory cannot be read (${reason(error)}).` }, error);
  });
  if (there.length > 0)
    throw backupRefused({
      why: `The directory holds something already (${there[0]}).`,
    });
  return false;
}

/** A backup is for the day on which the data folder is lost, and what lies in that
 *  folder's parts is swept away. */
async function refuseInside(directory: string, dataDirectory: string): Promise<void> {
  if (!isAbsolute(directory)) return; // refused in words of its own
  const real = async (path: string): Promise<string> =>
    realpath(path).catch(async () =>
      dirname(path) === path ? path : join(await real(dirname(path)), basename(path)),
    );
  const inside = relative(await real(dataDirectory), await real(directory));
  if (inside === "" || (inside !== ".." && !inside.startsWith(`..${sep}`) && !isAbsolute(inside)))
    throw backupRefused({ why: "The directory lies in the data folder, which a backup has to outlive." });
}

/** Of two backups into one directory the first goes on, and the other touches nothing. */
async function claim(directory: string): Promise<void> {
  try {
    await (await open(partialOf(directory), "wx")).close();
  } catch (error) {
    const isTaken = (error as { code?: unknown }).code === "EEXIST";
    const why = isTaken
      ? "Another backup goes there just now."
      : `It cannot be written to (${reason(error)}).`;
    throw backupRefused({ why }, error);
  }
}

function partialOf(directory: string): string {
  return join(directory, `${manifestName}.partial`);
}

/** Under its name only when it is whole. */
async function writeManifest(directory: string, manifest: Manifest): Promise<void> {
  const file = join(directory, manifestName);
  const partial = partialOf(directory);
  try {
    const handle = await open(partial, "w");
    try {
      await handle.writeFile(`${JSON.stringify(manifest, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  await syncFolder(directory);
}

function reason(error: unknown): string {
  return (error as { message?: string }).message ?? String(error);
}
