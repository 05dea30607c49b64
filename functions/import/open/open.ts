/** What kind of file it is, by its content and never by its name, and what is in it once it is unpacked. */
import type { StoredFile } from "../../files.ts";
import { archiveNested, excelWorkbook, fileEmpty, parquetEncrypted, unpackedTooLarge } from "../faults.ts";
import type { Limits } from "../settings.ts";
import { gunzipped } from "./gzip.ts";
import { openZip } from "./zip.ts";

export interface OpenedFile {
  readonly container: "gzip" | "zip" | null;
  readonly kind: "csv" | "parquet";
  /** Unpacked. @throws archive_damaged while it is read */
  readonly bytes: () => AsyncIterable<Uint8Array>;
}

type Kind = "gzip" | "zip" | "parquet" | "sealed" | "workbook" | "text";

/** @throws file_empty, excel_workbook, archive_*, zip_not_one_file */
export async function openFile(file: StoredFile): Promise<OpenedFile> {
  if (file.bytes === 0) throw fileEmpty();
  const outer = kindOf(await firstOf(file.read({ from: 0, to: Math.min(file.bytes, signatureBytes) })));
  if (outer === "workbook") throw excelWorkbook();
  if (outer === "sealed") throw parquetEncrypted();
  if (outer === "text" || outer === "parquet")
    return { container: null, kind: outer === "text" ? "csv" : "parquet", bytes: () => file.read() };
  const bytes = outer === "gzip" ? () => gunzipped(file.read()) : await openZip(file);
  const inner = kindOf(await firstOf(bytes()));
  if (inner === "workbook") throw excelWorkbook();
  if (inner === "sealed") throw parquetEncrypted();
  if (inner === "gzip" || inner === "zip") throw archiveNested({ outer, inner });
  return { container: outer, kind: inner === "text" ? "csv" : "parquet", bytes };
}

const signatureBytes = 8;

async function firstOf(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  let first: Uint8Array = new Uint8Array(0);
  for await (const chunk of bytes) {
    first = Buffer.concat([first, chunk.subarray(0, signatureBytes)]);
    if (first.length >= signatureBytes) break;
  }
  return first;
}

/** With files, without any, and one of several parts. */
const zips = ["PK\u0003\u0004", "PK\u0005\u0006", "PK\u0007\u0008"];

function kindOf(first: Uint8Array): Kind {
  const start = Buffer.from(first).toString("latin1");
  if (start.startsWith("\u001f\u008b")) return "gzip";
  if (zips.some((signature) => start.startsWith(signature))) return "zip";
  if (start.startsWith("PAR1")) return "parquet";
  // Parquet whose footer is encrypted.
  if (start.startsWith("PARE")) return "sealed";
  // What spreadsheets wrote before 2007.
  return start.startsWith("\u00d0\u00cf\u0011\u00e0") ? "workbook" : "text";
}

/** Refuses what unpacks to more than is read, as soon as it does. */
export function unpackLimit(
  packedBytes: number,
  { unpackedBytesMax, ratioMax, ratioFromBytes }: Limits,
): (unpackedBytes: number) => void {
  return (unpacked) => {
    if (unpacked > unpackedBytesMax)
      throw unpackedTooLarge({
        what: `The file has more than ${unpackedBytesMax} bytes once it is unpacked.`,
      });
    if (unpacked > ratioFromBytes && unpacked > packedBytes * ratioMax)
      throw unpackedTooLarge({
        what: `The file unpacks to more than ${ratioMax} times its size, which no day of events does.`,
      });
  };
}
