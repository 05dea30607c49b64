import { crc32 } from "node:zlib";

/** A zip whose bytes depend on its files alone: names in order, one date for all, and stored as they are.
 *  What deflate makes of the same bytes differs between versions and processors.
 *  Source: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT sections 4.3.7, 4.3.12, 4.3.16 */
export function zip(files: ReadonlyMap<string, Uint8Array>): Buffer {
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  if (sorted.length > filesMax)
    throw new Error(`${sorted.length} files; a zip of this kind holds ${filesMax}.`);
  const parts: Uint8Array[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [path, bytes] of sorted) {
    const name = Buffer.from(path);
    const facts = describe(name, bytes);
    const local = Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), facts, Buffer.alloc(2)]);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(madeByUnix, 4);
    facts.copy(entry, 6);
    entry.writeUInt32LE(regularFile * 0x1_0000, 38);
    entry.writeUInt32LE(at, 42);
    directory.push(entry, name);
    parts.push(local, name, bytes);
    at += local.length + name.length + bytes.length;
    if (at > bytesMax) throw new Error(`More than ${bytesMax} bytes; a zip of this kind holds no more.`);
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(sorted.length, 8);
  end.writeUInt16LE(sorted.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, entries, end]);
}

/** Larger ones need another format (zip64). */
const filesMax = 0xffff;
const bytesMax = 0x7fff_ffff;
const madeByUnix = (3 << 8) | 20;
const regularFile = 0o100644;
/** 1980-01-01, the first day there is. */
const date = 0x0021;

/** The fields that stand both before a file and in the directory: version to flags, method, time,
 *  date, CRC, sizes, name. */
function describe(name: Buffer, bytes: Uint8Array): Buffer {
  const facts = Buffer.alloc(24);
  facts.writeUInt16LE(20, 0);
  facts.writeUInt16LE(0x0800, 2); // names are UTF-8
  facts.writeUInt16LE(date, 8);
  facts.writeUInt32LE(crc32(bytes), 10);
  facts.writeUInt32LE(bytes.length, 14);
  facts.writeUInt32LE(bytes.length, 18);
  facts.writeUInt16LE(name.length, 22);
  return facts;
}
