import { protobufMinimal } from "google-gax";
import { isNumeric, textsOf } from "../../../../functions/values.ts";
import type { Column, ColumnType, Row, Value } from "../../../../functions/warehouse.ts";

/** google.cloud.bigquery.storage.v1.AppendRowsRequest, from rows and columns. A DATE goes as days
 *  since 1970 and JSON as its text. The library's own writer of rows stores 1970-01-01 for a date
 *  given as text, in silence.
 *  Source: https://cloud.google.com/bigquery/docs/supported-data-types */

/** What is written, ready to be sent with every request: one connection serves many tables. */
export interface Shape {
  readonly columns: readonly Column[];
  readonly tags: readonly number[];
  /** google.cloud.bigquery.storage.v1.ProtoSchema. */
  readonly schema: Uint8Array;
}

export interface Encoded {
  readonly bytes: Buffer;
  /** Rows of the batch that are in it: from here to before there. */
  readonly first: number;
  readonly last: number;
}

export interface Refused {
  readonly index: number;
  readonly why: string;
}

/** Types of google.protobuf.FieldDescriptorProto. */
const declared: Record<ColumnType, number> = {
  STRING: 9,
  INT64: 3,
  DATE: 5,
  JSON: 9,
  BYTES: 12,
  BOOL: 8,
  // As its text: what BigQuery takes of a double is not what was meant.
  NUMERIC: 9,
  "ARRAY<STRING>": 9,
};
const labelOptional = 1;
const labelRepeated = 3;
/** Tags of fields that have a length: number << 3 | 2. */
const field1 = 0x0a;
const field2 = 0x12;
const field4 = 0x22;

type Writer = protobufMinimal.Writer;

export function makeShape(columns: readonly Column[]): Shape {
  const writer = protobufMinimal.Writer.create();
  // ProtoSchema { proto_descriptor = 1 { name = 1, field = 2 { name = 1, number = 3,
  // label = 4, type = 5 } } }
  writer.uint32(field1).fork().uint32(field1).string("Row");
  for (const [index, { name, type }] of columns.entries()) {
    // All are optional: a REQUIRED column without a value is then refused row by row,
    // not the request as a whole.
    writer
      .uint32(field2)
      .fork()
      .uint32(field1)
      .string(name)
      .uint32(0x18)
      .int32(index + 1);
    const label = type === "ARRAY<STRING>" ? labelRepeated : labelOptional;
    writer.uint32(0x20).int32(label).uint32(0x28).int32(declared[type]).ldelim();
  }
  const tags = columns.map(({ type }, index) => ((index + 1) << 3) | (hasLength(type) ? 2 : 0));
  return { columns, tags, schema: writer.ldelim().finish() };
}

function hasLength(type: ColumnType): boolean {
  return type !== "INT64" && type !== "DATE" && type !== "BOOL";
}

/** One request, or several where the rows do not fit into one; or the rows that BigQuery could
 *  not take as they are meant.
 *  @param bytesMax of a request */
export function encodeAppend(
  writeStream: string,
  shape: Shape,
  rows: readonly Row[],
  bytesMax: number,
): { readonly requests: readonly Encoded[] } | { readonly refused: readonly Refused[] } {
  const whole = open(writeStream, shape);
  const head = headBytes(writeStream, shape);
  const refused: Refused[] = [];
  const sizes: number[] = [];
  let bytes = head;
  for (const [index, row] of rows.entries()) {
    const size = writeRow(whole, shape, row);
    if (typeof size === "string") refused.push({ index, why: size });
    else if (head + size > bytesMax)
      refused.push({
        index,
        why: `the row has ${size} bytes; BigQuery takes ${bytesMax - head}`,
      });
    else {
      sizes.push(size);
      bytes += size;
    }
  }
  if (refused.length > 0) return { refused };
  if (bytes <= bytesMax) return { requests: [{ bytes: close(whole), first: 0, last: rows.length }] };
  return {
    requests: split(sizes, bytesMax - head).map(([first, last]) => {
      const writer = open(writeStream, shape);
      for (const row of rows.slice(first, last)) writeRow(writer, shape, row);
      return { bytes: close(writer), first, last };
    }),
  };
}

/** The writer stands where rows are written: write_stream = 1, proto_rows = 4 { writer_schema
 *  = 1, rows = 2 { … } }. */
function open(writeStream: string, { schema }: Shape): Writer {
  const writer = protobufMinimal.Writer.create().uint32(field1).string(writeStream);
  return writer.uint32(field4).fork().uint32(field1).bytes(schema).uint32(field2).fork();
}

function close(writer: Writer): Buffer {
  const bytes = writer.ldelim().ldelim().finish();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** What a request takes beside its rows, with room for tags and lengths. */
function headBytes(writeStream: string, { schema }: Shape): number {
  return Buffer.byteLength(writeStream) + schema.length + 30;
}

/** Longest tag and length of a row or value. */
const framedMax = 6;

/** @returns what the row takes in its request, or what is wrong with it; the writer is then of no more use */
function writeRow(writer: Writer, { columns, tags }: Shape, row: Row): number | string {
  writer.uint32(field1).fork();
  for (let index = 0; index < columns.length; index++) {
    const value = row[index] ?? null;
    if (value === null) continue;
    const { name, type } = columns[index]!;
    const isWritten =
      type === "ARRAY<STRING>"
        ? writeList(writer, tags[index]!, value)
        : writeValue(writer.uint32(tags[index]!), type, value);
    if (!isWritten) return `the column ${name} takes ${type}, and the value is none`;
  }
  const size = writer.len + framedMax;
  writer.ldelim();
  return size;
}

/** @returns whether the value is a list of texts */
function writeList(writer: Writer, tag: number, value: NonNullable<Value>): boolean {
  const texts = textsOf(value);
  for (const text of texts ?? []) writer.uint32(tag).string(text);
  return texts !== undefined;
}

/** @returns whether the value is of the type */
function writeValue(
  writer: Writer,
  type: Exclude<ColumnType, "ARRAY<STRING>">,
  value: NonNullable<Value>,
): boolean {
  switch (type) {
    case "STRING":
    case "JSON":
      if (typeof value !== "string") return false;
      writer.string(value);
      return true;
    case "NUMERIC":
      if (!isNumeric(value)) return false;
      writer.string(value);
      return true;
    case "BYTES":
      if (!(value instanceof Uint8Array)) return false;
      writer.bytes(value);
      return true;
    case "BOOL":
      if (typeof value !== "boolean") return false;
      writer.bool(value);
      return true;
    case "INT64":
      if (typeof value !== "number" || !Number.isSafeInteger(value)) return false;
      writer.int64(value);
      return true;
    case "DATE": {
      const days = typeof value === "string" ? daysOf(value) : Number.NaN;
      if (Number.isNaN(days)) return false;
      writer.int32(days);
      return true;
    }
  }
}

function split(sizes: readonly number[], bytesMax: number): [number, number][] {
  const parts: [number, number][] = [];
  let first = 0;
  let bytes = 0;
  for (const [index, size] of sizes.entries()) {
    if (bytes + size > bytesMax) {
      parts.push([first, index]);
      first = index;
      bytes = 0;
    }
    bytes += size;
  }
  return [...parts, [first, sizes.length]];
}

let lastDate = "1970-01-01";
let lastDays = 0;

/** Days since 1970 of `YYYY-MM-DD`; NaN where it is no day of the calendar. Most rows have the
 *  day of the one before. */
function daysOf(date: string): number {
  if (date === lastDate) return lastDays;
  const time = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== date) return Number.NaN;
  lastDate = date;
  lastDays = time / 86_400_000;
  return lastDays;
}
