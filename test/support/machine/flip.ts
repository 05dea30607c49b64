import { readFile, writeFile } from "node:fs/promises";

/** Flips one bit of the byte at `offset` in the first place of `text` in a file that nobody has open.
 *  @throws Error where the file does not hold the text */
export async function flipIn(file: string, text: string, offset = 0): Promise<void> {
  const bytes = await readFile(file);
  const at = bytes.indexOf(text);
  if (at === -1) throw new Error(`${file} does not hold ${text}`);
  bytes[at + offset]! ^= 1;
  await writeFile(file, bytes);
}
