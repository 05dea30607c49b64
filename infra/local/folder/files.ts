import { lstatSync, realpathSync, statSync } from "node:fs";
import { open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileUnusable } from "../../../functions/problems.ts";
import { syncFolder } from "./backup.ts";
import { besideFiles, dataFiles, storeNames, type StoreName } from "./page.ts";

/** There while the files get the id of their folder: until then they belong together because it says so. */
const pendingName = "house.pending";

/** What SQLite and DuckDB keep beside a file: what was committed lately lies there. */
export const logSuffix: Readonly<Record<StoreName, string>> = {
  queue: "-wal",
  registry: "-wal",
  warehouse: ".wal",
};

/** What a person loses with a file. */
const inIt: Readonly<Record<StoreName, string>> = {
  queue: "with every hit that was answered 200 and is no row yet",
  warehouse: "with all rows and dead letters",
  registry: "with all streams: their addresses would answer 404",
};

/** The files that are missing or empty, each with a sentence. @throws file_unusable */
export function missingFiles(directory: string): Map<StoreName, string> {
  const found = new Map<StoreName, string>();
  for (const name of storeNames) {
    const file = join(directory, dataFiles[name]);
    const there = statSync(file, { throwIfNoEntry: false });
    if (there?.isFile() === false)
      throw fileUnusable({ file, why: "it is a folder, or no file of another kind" });
    const size = there?.size;
    if (size !== undefined && size > 0) continue;
    found.set(name, `${dataFiles[name]} is ${size === undefined ? "missing" : "empty"}, ${inIt[name]}`);
  }
  return found;
}

/** Whether not even the log of a file is there. */
export function hasNoData(directory: string): boolean {
  return storeNames.every(
    (name) => !exists(join(directory, dataFiles[name])) && !exists(logOf(directory, name)),
  );
}

/** What a server has left in a folder beside the data. A first start makes it when it is pending
 *  that the data is made. */
export function leftBeside(directory: string): string[] {
  return Object.values(besideFiles).filter((name) => exists(join(directory, name)));
}

/** SQLite keeps a link's log beside its target, DuckDB beside the link. */
function logOf(directory: string, name: StoreName): string {
  const file = join(directory, dataFiles[name]);
  if (name === "warehouse") return file + logSuffix[name];
  try {
    return realpathSync(file) + logSuffix[name];
  } catch {
    return file + logSuffix[name];
  }
}

/** A log without its file would be read into the one that is made in its place: it gets another name. */
export async function setAside(directory: string, name: StoreName): Promise<void> {
  for (const file of [join(directory, dataFiles[name]), logOf(directory, name)])
    if (exists(file)) await rename(file, `${file}.without-its-folder-${Date.now()}`);
}

/** @param mayLack files that are not there now: they are made anew */
export async function writePending(directory: string, mayLack: readonly StoreName[]): Promise<void> {
  const file = join(directory, pendingName);
  const handle = await open(`${file}.partial`, "w", 0o600);
  try {
    await handle.writeFile(JSON.stringify({ mayLack }));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.partial`, file);
  await syncFolder(directory);
}

/** @returns the files that may be missing; undefined where nothing is pending */
export async function readPending(directory: string): Promise<StoreName[] | undefined> {
  // Where it cannot be read, nothing is pending.
  const text = await readFile(join(directory, pendingName), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return (JSON.parse(text) as { mayLack: StoreName[] }).mayLack;
  } catch {
    return []; // somebody else's words: no file may be missing
  }
}

export async function removePending(directory: string): Promise<void> {
  await rm(join(directory, pendingName), { force: true });
  await syncFolder(directory);
}

function exists(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}
