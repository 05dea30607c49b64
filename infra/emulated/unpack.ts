import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";

const framework = "@google-cloud/functions-framework";

/** Lays the built zip out as the cloud would, with the framework beside it and no other package: what the
 *  bundle lacks is missing here as well.
 *  @param zipFile as infra/google/build makes it: files are stored, not compressed
 *  @returns the launcher, to be run by node in that folder */
export function unpack(zipFile: string, folder: string, root: string): string {
  const bytes = readFileSync(zipFile);
  let at = 0;
  while (bytes.readUInt32LE(at) === localFile) {
    const size = bytes.readUInt32LE(at + 18);
    const nameEnd = at + 30 + bytes.readUInt16LE(at + 26);
    const path = resolve(folder, bytes.toString("utf8", at + 30, nameEnd));
    if (!path.startsWith(resolve(folder) + sep))
      throw new Error(`${zipFile} names a file outside of its folder.`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes.subarray(nameEnd, nameEnd + size));
    at = nameEnd + size;
  }
  mkdirSync(dirname(join(folder, "node_modules", framework)), {
    recursive: true,
  });
  symlinkSync(join(root, "node_modules", framework), join(folder, "node_modules", framework), "dir");
  return join(folder, "node_modules", framework, "build/src/main.js");
}

const localFile = 0x04034b50;
