/** A zip with one file in it, read by its directory, which stands at its end.
 *  Source: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
import { crc32, createInflateRaw } from "node:zlib";
import type { StoredFile } from "../../files.ts";
import { archiveDamaged, archiveEncrypted, excelWorkbook, zipNotOneFile, type FileFault } from "../faults.ts";
import { unpacked } from "./gzip.ts";

const endBytes = 22;
const commentBytesMax = 65_535;
const directoryBytesMax = 4 * 1024 * 1024;
const far = 0xffff_ffff;

interface Entry {
  readonly name: string;
  readonly isEncrypted: boolean;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly at: number;
}

/** @throws archive_damaged, archive_encrypted, excel_workbook, zip_not_one_file */
export async function openZip(file: StoredFile): Promise<() => AsyncIterable<Uint8Array>> {
  const entries = await readDirectory(file);
  const names = new Set(entries.map(({ name }) => name));
  if (names.has("[Content_Types].xml") || (names.has("mimetype") && names.has("content.xml")))
    throw excelWorkbook();
  // What the Finder of macOS and the makers of folders add.
  const files = entries.filter(
    ({ name }) => !name.endsWith("/") && !name.startsWith("__MACOSX/") && !/(?:^|\/)\.DS_Store$/.test(name),
  );
  const [entry] = files;
  if (entry === undefined || files.length > 1) throw zipNotOneFile({ files: files.length });
  if (entry.isEncrypted) throw archiveEncrypted();
  if (entry.method !== 0 && entry.method !== 8)
    throw archiveDamaged({ what: `The zip is packed by method ${entry.method}.` });
  const from = await contentAt(file, entry);
  return () => content(file, entry, from);
}

async function readDirectory(file: StoredFile): Promise<Entry[]> {
  const tailFrom = Math.max(0, file.bytes - endBytes - commentBytesMax);
  const tail = await bytesOf(file, tailFrom, file.bytes);
  const end = tail.lastIndexOf("PK\u0005\u0006", undefined, "latin1");
  if (end === -1 || end + endBytes > tail.length) throw cut();
  let count = tail.readUInt16LE(end + 10);
  let size = tail.readUInt32LE(end + 12);
  let at = tail.readUInt32LE(end + 16);
  // Zip64: programs that do not know the size beforehand write it for small files too.
  const locator = end - 20;
  if (locator >= 0 && tail.readUInt32LE(locator) === 0x0706_4b50) {
    const record = await bytesOf(file, Number(tail.readBigUInt64LE(locator + 8)), tailFrom + locator);
    if (record.length < 56 || record.readUInt32LE(0) !== 0x0606_4b50) throw cut();
    count = Number(record.readBigUInt64LE(32));
    size = Number(record.readBigUInt64LE(40));
    at = Number(record.readBigUInt64LE(48));
  }
  if (size > directoryBytesMax) throw zipNotOneFile({ files: count });
  return readEntries(await bytesOf(file, at, at + size), count);
}

function readEntries(directory: Buffer, count: number): Entry[] {
  const entries: Entry[] = [];
  let at = 0;
  while (entries.length < count) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== 0x0201_4b50) throw cut();
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((place) =>
      directory.readUInt16LE(at + place),
    );
    const name = at + 46;
    const extra = name + nameBytes!;
    const next = extra + extraBytes! + commentBytes!;
    if (next > directory.length) throw cut();
    const [bytes, packedBytes, offset] = wide(
      [24, 20, 42].map((place) => directory.readUInt32LE(at + place)),
      directory.subarray(extra, extra + extraBytes!),
    );
    entries.push({
      name: directory.toString("utf8", name, extra),
      isEncrypted: (directory.readUInt16LE(at + 8) & 1) === 1,
      method: directory.readUInt16LE(at + 10),
      crc: directory.readUInt32LE(at + 16),
      packedBytes: packedBytes!,
      bytes: bytes!,
      at: offset!,
    });
    at = next;
  }
  return entries;
}

/** Numbers that do not fit stand in a field of their own, in this order. */
function wide(numbers: readonly number[], extra: Buffer): number[] {
  let at = 0;
  while (at + 4 <= extra.length && extra.readUInt16LE(at) !== 1) at += 4 + extra.readUInt16LE(at + 2);
  at += 4;
  return numbers.map((number) => {
    if (number !== far) return number;
    if (at + 8 > extra.length) throw cut();
    at += 8;
    return Number(extra.readBigUInt64LE(at - 8));
  });
}

/** Where the file's own bytes begin: its local header may be longer than the directory says. */
async function contentAt(file: StoredFile, { at, packedBytes }: Entry): Promise<number> {
  const local = await bytesOf(file, at, at + 30);
  if (local.length < 30 || local.readUInt32LE(0) !== 0x0403_4b50) throw cut();
  const from = at + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
  if (from + packedBytes > file.bytes) throw cut();
  return from;
}

async function* content(file: StoredFile, entry: Entry, from: number): AsyncGenerator<Uint8Array> {
  const packed = file.read({ from, to: from + entry.packedBytes });
  let crc = 0;
  let total = 0;
  for await (const chunk of entry.method === 0 ? packed : unpacked(packed, createInflateRaw(), damage)) {
    crc = crc32(chunk, crc);
    total += chunk.length;
    yield chunk;
  }
  if (crc !== entry.crc || total !== entry.bytes) throw cut();
}

const damage = "The zip is damaged or cut short.";

function cut(): FileFault {
  return archiveDamaged({ what: damage });
}

async function bytesOf(file: StoredFile, from: number, to: number): Promise<Buffer> {
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from > to || to > file.bytes) throw cut();
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.read({ from, to })) chunks.push(chunk);
  return Buffer.concat(chunks);
}
