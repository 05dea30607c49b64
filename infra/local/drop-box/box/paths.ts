import { denied, failure } from "./refusal.ts";

/** Paths as clients write them. They are resolved here, in memory: nothing that a client wrote reaches the
 *  disk but names that were looked at. */

const nameBytesMax = 255;
const foldersMax = 3;
/** What the server writes, and clients only read and remove. */
const ownFolders = ["results", "done"];

/** @returns the names from the root of the box on; none for the root itself
 *  @throws Refusal */
export function namesOf(path: string): string[] {
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    if (name === "..") {
      names.pop();
      continue;
    }
    // U+FFFD is what is read of bytes that are no UTF-8.
    if (/[\p{Cc}\ufffd\\]/u.test(name))
      throw failure("Names are UTF-8, without control characters and backslashes.");
    if (Buffer.byteLength(name) > nameBytesMax)
      throw failure(`The name is too long: at most ${nameBytesMax} bytes.`);
    names.push(name);
  }
  return names;
}

export const isOwn = ([first]: readonly string[]): boolean =>
  first !== undefined && ownFolders.includes(first);

/** @throws Refusal where a client may not write there */
export function demandFilePlace(names: readonly string[]): void {
  demandPlace(names);
  if (names.length > foldersMax + 1) throw failure(`Folders may be ${foldersMax} deep.`);
}

/** @throws Refusal */
export function demandFolderPlace(names: readonly string[]): void {
  demandPlace(names);
  if (names.length > foldersMax) throw failure(`Folders may be ${foldersMax} deep.`);
}

function demandPlace(names: readonly string[]): void {
  if (names.length === 0) throw failure("This is the drop box itself.");
  if (isOwn(names)) throw denied(`${names[0]!}/ is written by the server alone.`);
}
