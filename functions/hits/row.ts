import type { Hit } from "../hit.ts";
import { headersJson } from "../headers.ts";
import { readPayload, type Payload } from "../payload/payload.ts";
import { streamRef } from "../stream-ref.ts";
import type { Column, Row, TableSpec } from "../warehouse.ts";

/** The columns of a stream's table. The first four, in this order, are the product's promise. */
export const rowColumns: readonly Column[] = [
  {
    name: "hit_id",
    type: "STRING",
    required: true,
    description: "Names the hit for ever; rows with the same date and hit_id are repeats of one hit",
  },
  {
    name: "payload",
    type: "STRING",
    required: true,
    description:
      "The body as text; COALESCE(payload_bytes, CAST(payload AS BYTES)) is the body byte for byte",
  },
  {
    name: "received_at",
    type: "INT64",
    required: true,
    description: "When the request was complete, Unix time in milliseconds",
  },
  {
    name: "date",
    type: "DATE",
    required: true,
    description: "The day of received_at at the stream's offset; the partition, so filter on it",
  },
  {
    name: "content_type",
    type: "STRING",
    description: "The header Content-Type as sent",
  },
  {
    name: "query",
    type: "STRING",
    description: "The query string as sent, where a body came too",
  },
  {
    name: "headers",
    type: "JSON",
    description:
      "What the sender says in headers alone, by lower-case name, e.g. its topic; no proof of origin, no secret",
  },
  {
    name: "fields",
    type: "JSON",
    description:
      "The payload parsed (JSON, XML, form or multipart), e.g. JSON_VALUE(fields.orderId); NULL where it is none",
  },
  {
    name: "payload_bytes",
    type: "BYTES",
    description: "The exact bytes, where they are not the UTF-8 of payload",
  },
  {
    name: "stream_ref",
    type: "STRING",
    description:
      "Which stream it was sent to, as 12 hex digits that logs show too; two streams may share a table",
  },
  {
    name: "is_test",
    type: "BOOL",
    description: "Whether it is a test send; the views leave these out",
  },
];

export const rowSpec: TableSpec = {
  description: "Hits of a stream, one row each; repeats are possible, the view TABLE_unique hides them",
  columns: rowColumns,
  partitionBy: "date",
  clusterBy: ["hit_id"],
};

/** The row of a hit, in the order of rowColumns. Never throws; a promise only for multipart bodies.
 *  @param date `YYYY-MM-DD` at the stream's offset */
export function makeRow(hit: Hit, date: string): Row | Promise<Row> {
  const payload = payloadOf(hit);
  return payload instanceof Promise
    ? payload.then((read) => rowOf(hit, date, read))
    : rowOf(hit, date, payload);
}

/** The body as its row has it. */
export async function textOf(hit: Hit): Promise<string> {
  return (await payloadOf(hit)).payload;
}

function payloadOf(hit: Hit): Payload | Promise<Payload> {
  return readPayload(hit.body, { contentType: hit.content_type, contentEncoding: hit.content_encoding });
}

function rowOf(hit: Hit, date: string, { payload, payloadBytes, fields }: Payload): Row {
  return [
    hit.hit_id,
    payload,
    hit.received_at,
    date,
    hit.content_type ?? null,
    hit.query ?? null,
    headersJson(hit),
    fields ?? null,
    payloadBytes ?? null,
    streamRef(hit.stream_id),
    hit.is_test === true,
  ];
}

const fieldsIndex = rowColumns.findIndex(({ name }) => name === "fields");

/** The same row for a warehouse that refuses its fields: a hit without them is better than a dead letter. */
export function withoutFields(row: Row): Row {
  return row.with(fieldsIndex, null);
}

/** Tag and length of a value in a Storage Write request. */
const valueOverheadBytes = 6;

/** Size of the row in bytes as it is sent; a little too much rather than too little. */
export function rowBytes(row: Row): number {
  let bytes = 0;
  for (const value of row) {
    if (value === null) continue;
    bytes += valueOverheadBytes;
    if (typeof value === "string") bytes += Buffer.byteLength(value);
    else bytes += typeof value === "object" ? value.byteLength : 8;
  }
  return bytes;
}
