import type { BigIntStats } from "node:fs";
import { dirname, join } from "node:path";
import type { Documents, Write } from "../../../../functions/documents.ts";
import { isImportedName } from "../../../../functions/import/names.ts";
import { syncFolder } from "../../folder/backup.ts";
import type { Clock } from "../clock.ts";
import { noteWrite } from "./noted.ts";
import { isOwn } from "./paths.ts";
import { failure } from "./refusal.ts";

/** What is known of the files of a drop box: which of them are whole, and when each is settled. */

export interface BoxPorts {
  readonly documents: Documents;
  readonly clock: Clock;
  readonly limits: BoxLimits;
  /** The import of the box; undefined where it has none yet. */
  readonly importName: () => string | undefined;
  /** Called once a file is whole and was left alone for a while. */
  readonly settled: (file: BoxFile) => void;
}

export interface BoxLimits {
  readonly bytesMax: number;
  readonly filesMax: number;
  readonly foldersMax: number;
  readonly fileBytesMax: number;
}

export const usualLimits: BoxLimits = {
  bytesMax: 4 * 1024 ** 3,
  filesMax: 10_000,
  foldersMax: 1_000,
  fileBytesMax: 512 * 1024 ** 2,
};

export interface BoxFile {
  /** By slashes; another one after a rename. */
  path: string;
  size: number;
  inode: string;
  /** Handles by which it is written. */
  writers: number;
  /** One of them ended without a CLOSE. */
  isBroken: boolean;
  isGone: boolean;
  /** Grows whenever a client may change what is in it, or where it is. */
  generation: number;
  /** Since when it is whole; undefined while it is partial. */
  closedAt?: number | undefined;
  takenAt?: number | undefined;
  callOff?: (() => void) | undefined;
}

/** A file is left alone for so long before it counts as settled. */
const settleMs = 5_000;

export type Files = ReturnType<typeof createFiles>;

/** @param root the folder of the box */
export function createFiles(user: string, root: string, ports: BoxPorts) {
  const { documents, clock, limits } = ports;
  const files = new Map<string, BoxFile>();
  let used = 0;
  let last: Promise<unknown> = Promise.resolve();

  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const mine = last.then(work);
    // Whoever asked for it hears of its failure; the next one only waits for its end.
    last = mine.catch(() => undefined);
    return mine;
  };
  const onDisk = (names: readonly string[]) => join(root, ...names);
  const diskOf = ({ path }: BoxFile) => onDisk(path.split("/"));
  const note = (path: string, { inode, closedAt, takenAt }: BoxFile): Write =>
    noteWrite(
      user,
      path,
      closedAt === undefined
        ? null
        : { inode, closed_at: closedAt, ...(takenAt !== undefined && { taken_at: takenAt }) },
    );

  function settle(file: BoxFile, afterMs = settleMs): void {
    file.callOff?.();
    file.callOff = undefined;
    const isWhole = file.closedAt !== undefined && file.writers === 0 && !file.isGone;
    if (!isWhole || file.takenAt !== undefined || ports.importName() === undefined) return;
    if (!isMeant(file)) return;
    file.callOff = clock.after(afterMs, () => ports.settled(file));
  }

  function add(path: string, found: BigIntStats): BoxFile {
    const size = Number(found.size);
    const file: BoxFile = {
      path,
      size,
      inode: String(found.ino),
      writers: 0,
      isBroken: false,
      isGone: false,
      generation: 0,
    };
    files.set(path, file);
    used += size;
    return file;
  }

  function forget(file: BoxFile): void {
    file.callOff?.();
    file.isGone = true;
    file.generation += 1;
    used -= file.size;
    if (files.get(file.path) === file) files.delete(file.path);
  }

  /** @throws Refusal where there is no room for so many more bytes */
  function grow(file: BoxFile, size: number): void {
    if (size > limits.fileBytesMax)
      throw failure(`The file is too large: at most ${sizeText(limits.fileBytesMax)}.`);
    if (used + size - file.size > limits.bytesMax)
      throw failure(`The drop box is full: at most ${sizeText(limits.bytesMax)}. Remove files from it.`);
    if (!file.isGone) used += size - file.size;
    file.size = size;
  }

  /** A client is about to change what is in it: it is partial until it is closed. */
  async function disturb(file: BoxFile): Promise<void> {
    if (file.closedAt !== undefined) await documents.commit([noteWrite(user, file.path, null)]);
    file.callOff?.();
    file.generation += 1;
    file.closedAt = file.takenAt = undefined;
    if (file.writers === 0) file.isBroken = false;
  }

  /** @returns whether it is whole now, as far as this handle goes */
  const ended = (file: BoxFile, isWhole: boolean): Promise<boolean> =>
    inTurn(async () => {
      file.writers -= 1;
      file.isBroken ||= !isWhole;
      if (file.isBroken) return false;
      if (file.writers > 0 || file.isGone) return true;
      await syncFolder(dirname(diskOf(file)));
      await whole(file);
      return true;
    });

  /** Durable before the client hears of it. */
  async function whole(file: BoxFile): Promise<void> {
    const closedAt = clock.now();
    await documents.commit([note(file.path, { ...file, closedAt, takenAt: undefined })]);
    file.closedAt = closedAt;
    file.takenAt = undefined;
    settle(file);
  }

  return {
    inTurn,
    onDisk,
    diskOf,
    note,
    settle,
    add,
    forget,
    grow,
    disturb,
    ended,
    get: (path: string) => files.get(path),
    all: () => [...files.values()],
    count: () => files.size,

    /** Its path is another one from now on; a file that had it is replaced. */
    move(file: BoxFile, path: string): void {
      const replaced = files.get(path);
      if (replaced !== undefined) forget(replaced);
      files.delete(file.path);
      files.set(path, file);
      file.path = path;
      file.generation += 1;
    },
  };
}

/** Whether it is one that becomes events, once it is whole. */
export function isMeant({ path }: Pick<BoxFile, "path">): boolean {
  return isImportedName(path) && !isOwn(path.split("/"));
}

function sizeText(bytes: number): string {
  return bytes >= 1024 ** 3 ? `${bytes / 1024 ** 3} GiB` : `${bytes / 1024 ** 2} MiB`;
}
