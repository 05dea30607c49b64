import { streamRef } from "../../stream-ref.ts";
import { sibling, type TableRef } from "../../table.ts";
import type { View } from "../../warehouse.ts";
import type { Stream } from "../stream.ts";

/** What views a stream's table has, and what they show. */

/** What a stream says of them. */
export type Ordering = Pick<Stream, "table" | "key" | "updated" | "items"> & { readonly offset?: string };

/** What a table's views are called. */
export const viewSuffixes = ["_unique", "_items", "_current"] as const;

export function viewName(table: TableRef, suffix: (typeof viewSuffixes)[number]): TableRef {
  return sibling(table, table.table + suffix);
}

/** The views that follow from the stream's document. @param offsets of all streams of
 *  the table, by stream_ref */
export function definitionsOf(
  { table: of, key, updated, items, offset }: Ordering,
  offsets: Readonly<Record<string, string>> = {},
): { items?: View; current?: View } {
  // Where nothing orders by a time, no zone matters.
  const zones = updated !== undefined && { ...(offset !== undefined && { offset }), offsets };
  return {
    ...(items !== undefined && { items: { kind: "items", of, items } }),
    ...(key !== undefined && {
      current: {
        kind: "current",
        of,
        key,
        ...(updated !== undefined && { updated }),
        ...(items !== undefined && { items }),
        ...zones,
      },
    }),
  };
}

/** The views of a table: as the stream with the lowest id that still writes to it orders
 *  them, in the zones of all.
 *  @param streams all that write to the table, and those that did before they were closed */
export function viewsOf(streams: readonly Stream[]): { items?: View; current?: View } {
  const writing = streams.filter(({ state }) => state !== "closed");
  const [owner] = (writing.length > 0 ? writing : streams).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return owner === undefined ? {} : definitionsOf(owner, offsetsOf(streams));
}

/** The zones of these streams by what stands for them in rows. */
function offsetsOf(streams: readonly Pick<Stream, "id" | "offset">[]): Record<string, string> {
  const entries = streams.map(({ id, offset }): [string, string] => [streamRef(id), offset]);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Two streams with the same one can share a table. */
export function orderingText({ key, updated, items }: Omit<Ordering, "table">): string {
  return JSON.stringify([key ?? null, updated ?? null, items ?? null]);
}
