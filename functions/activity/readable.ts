import { rowColumns } from "../hits/row.ts";
import { hasKey, timeOf } from "../streams/looks/look.ts";
import type { Stream } from "../streams/stream.ts";
import { readTime } from "../streams/records/times.ts";
import { itemsAt } from "../streams/records/value.ts";
import type { Row } from "../warehouse.ts";

/** Larger fields are not looked at: it would show in what a hit costs. */
const fieldsLengthMax = 64 * 1024;

const fieldsAt = rowColumns.findIndex(({ name }) => name === "fields");
const headersAt = rowColumns.findIndex(({ name }) => name === "headers");

/** Whether what names and orders the stream's records is found in a hit as its row has it: in
 *  every item, where it has items. @returns undefined where the stream names neither, or the hit
 *  is too large to be looked at */
export function readable(stream: Stream, row: Row): { key: boolean; time: boolean } | undefined {
  if (stream.key === undefined && stream.updated === undefined) return undefined;
  const fields = row[fieldsAt];
  if (typeof fields === "string" && fields.length > fieldsLengthMax) return undefined;
  const hit = { body: json(fields), headers: json(row[headersAt]) };
  const items = stream.items === undefined ? [hit.body] : itemsAt(stream.items, hit.body);
  return {
    key: items.length > 0 && items.every((item) => hasKey(stream, hit, item)),
    time: items.length > 0 && items.every((item) => isTime(timeOf(stream, hit, item), stream.offset)),
  };
}

function json(text: Row[number] | undefined): unknown {
  return typeof text === "string" ? JSON.parse(text) : null;
}

function isTime(text: string | undefined, offset: string): boolean {
  return text !== undefined && readTime(text, offset) !== undefined;
}
