/** A file as records to send, one after the other in the file's order, however large it is. */
import { createHash } from "node:crypto";
import { openStoredFile } from "../../infra/stored-file.ts";
import { decoded, encodingOf, surveyBytes, type Bytes } from "../../functions/import/csv/encoding.ts";
import { openFile } from "../../functions/import/open/open.ts";
import type { Encoding } from "../../functions/import/settings.ts";
import { failed } from "../failure.ts";
import { csvRecords } from "./csv-records.ts";
import { lineRecords, listRecords } from "./json-records.ts";

/** One hit, or what keeps it from being one. */
export interface FileRecord {
  /** From 1; blank lines and the header of a CSV file are none. */
  readonly number: number;
  /** The physical line that it begins on, from 1. */
  readonly line: number;
  /** JSON: of an NDJSON line or an element as it stands in the file. Undefined where it cannot be sent. */
  readonly body?: string;
  readonly fields?: unknown;
  /** Why it cannot be sent, in words. */
  readonly fault?: string;
}

export const formats = ["csv", "ndjson", "json"] as const;
export type Format = (typeof formats)[number];

export interface ReadOptions {
  readonly format?: Format | undefined;
  readonly delimiter?: string | undefined;
  readonly encoding?: Encoding | undefined;
  /** Of one record. */
  readonly bytesMax: number;
}

export interface Records {
  readonly format: Format;
  /** Of all bytes once they are unpacked: the same file has the same one, whatever it is called. */
  readonly sha256: string;
  read(): AsyncGenerator<FileRecord>;
}

/** @throws FileFault, and what the disk says */
export async function openRecords(path: string, options: ReadOptions): Promise<Records> {
  const opened = await openFile(await openStoredFile(path));
  if (opened.kind === "parquet")
    throw failed("The file is Parquet; allowed are CSV, NDJSON and a JSON array. Export it as one of them.");
  const hash = createHash("sha256");
  const survey = await surveyBytes(hashed(opened.bytes, hash), () => {});
  const encoding = await encodingOf(survey, options.encoding, opened.bytes);
  const text = () => decoded(opened.bytes, encoding);
  const format = options.format ?? (await formatOf(text()));
  const readers = { csv: csvRecords, ndjson: lineRecords, json: listRecords };
  return { format, sha256: hash.digest("hex"), read: () => readers[format](text(), options) };
}

function hashed(bytes: Bytes, hash: { update(chunk: Uint8Array): unknown }): Bytes {
  return async function* () {
    for await (const chunk of bytes()) {
      hash.update(chunk);
      yield chunk;
    }
  };
}

/** By its first visible character. */
async function formatOf(text: AsyncGenerator<string>): Promise<Format> {
  for await (const piece of text) {
    const first = piece.trimStart()[0];
    if (first !== undefined) return first === "[" ? "json" : first === "{" ? "ndjson" : "csv";
  }
  return "csv";
}
