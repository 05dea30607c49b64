import { statSync } from "node:fs";
import { basename } from "node:path";

/** Which file a path names, to be compared with the one that is open: a file that was removed or replaced
 *  takes what is written into it along. stat opens nothing: no lock is lost by it. */
export type FileId = string;

export function fileId(path: string): FileId | undefined {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  return found && `${found.dev}:${found.ino}`;
}

/** @param own what it was when it was opened; undefined before that
 *  @throws Error where the path names another file by now, or none */
export function demandOwn(path: string, own: FileId | undefined): void {
  if (own === undefined || fileId(path) === own) return;
  throw new Error(goneFrom(path));
}

export function goneFrom(path: string): string {
  return `${basename(path)} was removed or replaced while it was in use; put it back, or stop the server and restore a backup`;
}
