import {
  parquetMetadataAsync,
  parquetScan,
  parquetSchema,
  type AsyncBuffer,
  type FileMetaData,
} from "hyparquet";
import type { StoredFile } from "../../functions/files.ts";
import {
  FileFault,
  parquetCodec,
  parquetDamaged,
  parquetEncrypted,
  unpackedTooLarge,
} from "../../functions/import/faults.ts";
import type { OpenParquet, ParquetCell, ParquetRows, ParquetTable } from "../../functions/parquet.ts";
import { cellsOf } from "./cells.ts";
import { codecs, compressors } from "./codecs.ts";
import { columnOf, plainSchema, type Column } from "./columns.ts";

/** Rows that are read together: a row group may be the whole file. A page that two such runs share is
 *  unpacked twice, and DuckDB's row groups of 122,880 rows are a page each. */
const rowsAtOnce = 128 * 1024;
/** What the file says of itself: names, row groups, statistics. */
const footerBytesMax = 32 * 1024 * 1024;

export const openParquet: OpenParquet = async (file, { unpackedBytesMax }) => {
  const footer = await footerOf(file);
  const buffer = asBuffer(file);
  const metadata = await understood(() =>
    parquetMetadataAsync(buffer, { initialFetchSize: footer, geoparquet: false }),
  );
  const chunks = metadata.row_groups.flatMap(({ columns }) => columns);
  if (chunks.some(({ crypto_metadata: sealed }) => sealed !== undefined)) throw parquetEncrypted();
  const unpacked = chunks.reduce(
    (sum, { meta_data }) => sum + Number(meta_data?.total_uncompressed_size ?? 0),
    0,
  );
  if (unpacked > unpackedBytesMax)
    throw unpackedTooLarge({ what: `The file has more than ${unpackedBytesMax} bytes once it is unpacked.` });
  const columns = await understood(() => parquetSchema(metadata).children.map(columnOf));
  const groups = metadata.row_groups.map(({ num_rows: rows }) => Number(rows));
  if (
    groups.some((rows) => !(rows >= 0)) ||
    groups.reduce((sum, rows) => sum + rows, 0) !== Number(metadata.num_rows)
  )
    throw parquetDamaged();
  return {
    columns: columns.map(({ name, type }) => ({ name, type })),
    groups,
    read: (places) =>
      rowsOf(
        { buffer, metadata, groups },
        places.map((place) => columns[place]!),
      ),
  } satisfies ParquetTable;
};

/** @returns how many bytes the end of the file has, with the footer in it */
async function footerOf(file: StoredFile): Promise<number> {
  const end = await bytesOf(file, Math.max(0, file.bytes - 8), file.bytes);
  if (file.bytes < 12 || !end.toString("latin1").endsWith("PAR1")) throw parquetDamaged();
  const bytes = end.readUInt32LE(0) + 8;
  if (bytes > file.bytes - 4 || bytes > footerBytesMax) throw parquetDamaged();
  return bytes;
}

interface Source {
  readonly buffer: AsyncBuffer;
  readonly metadata: FileMetaData;
  readonly groups: readonly number[];
}

async function* rowsOf(source: Source, columns: readonly Column[]): AsyncGenerator<ParquetRows> {
  refuseCodecs(source.metadata, columns);
  const readers = await Promise.all(columns.map((column) => openColumn(source, column)));
  let before = 0;
  for (const [group, rows] of source.groups.entries()) {
    for (let from = 0; from < rows; from += rowsAtOnce) {
      const count = Math.min(rowsAtOnce, rows - from);
      const cells: ParquetCell[][] = [];
      // One after the other: each takes its column's part of the row group into memory.
      for (const read of readers) cells.push(await read({ group, before, rows, from, count }));
      yield { group, from, count, cells };
    }
    before += rows;
  }
}

interface Wanted {
  readonly group: number;
  /** Rows of the groups before. */
  readonly before: number;
  /** Rows of this group. */
  readonly rows: number;
  readonly from: number;
  readonly count: number;
}

async function openColumn(
  { buffer, metadata }: Source,
  column: Column,
): Promise<(wanted: Wanted) => Promise<ParquetCell[]>> {
  if (column.type === "null")
    return ({ count }) => Promise.resolve(Array.from({ length: count }, () => null));
  const scan = await understood(() =>
    parquetScan({
      file: buffer,
      metadata: plainSchema(metadata, column),
      columns: [column.name],
      utf8: column.isText,
      parsers: { stringFromBytes: strictText, timestampFromNanoseconds: (nanos) => nanos },
      compressors,
      geoparquet: false,
    }),
  );
  const read = (rowStart: number, rowEnd: number) =>
    understood(async () => {
      const values = await scan.readColumn({ column: column.name, rowStart, rowEnd });
      if (values.length !== rowEnd - rowStart) throw new Error("fewer values than rows");
      return cellsOf(values, column);
    });
  if (column.type !== "list") return ({ before, from, count }) => read(before + from, before + from + count);
  // Pages of lists cannot be left out: the whole group is read once.
  let held: { group: number; cells: ParquetCell[] } | undefined;
  return async ({ group, before, rows, from, count }) => {
    if (held?.group !== group) held = { group, cells: await read(before, before + rows) };
    return held.cells.slice(from, from + count);
  };
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function strictText(bytes: Uint8Array): string | Uint8Array {
  try {
    return utf8.decode(bytes);
  } catch {
    return bytes;
  }
}

function refuseCodecs({ row_groups }: FileMetaData, columns: readonly Column[]): void {
  for (const { columns: chunks } of row_groups)
    for (const { meta_data: chunk } of chunks)
      if (
        chunk !== undefined &&
        columns.some(({ name }) => name === chunk.path_in_schema[0]) &&
        !codecs.has(chunk.codec)
      )
        throw parquetCodec({ codec: String(chunk.codec ?? "an unknown codec") });
}

function asBuffer(file: StoredFile): AsyncBuffer {
  return {
    byteLength: file.bytes,
    async slice(start, end = file.bytes) {
      if (!(start >= 0 && start <= end && end <= file.bytes)) throw parquetDamaged();
      const { buffer, byteOffset, byteLength } = await bytesOf(file, start, end);
      return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
    },
  };
}

async function bytesOf(file: StoredFile, from: number, to: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.read({ from, to })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Whatever the library stumbles over is damage of the file; a disk that fails is not. */
async function understood<Result>(read: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof FileFault || typeof (error as { syscall?: unknown }).syscall === "string")
      throw error;
    throw parquetDamaged(undefined, error);
  }
}
