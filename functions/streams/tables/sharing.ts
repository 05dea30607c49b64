import { tableName } from "../../table.ts";
import { type Reading, writing } from "../reading.ts";
import { orderingText, viewSuffixes } from "./definitions.ts";
import type { Stream } from "../stream.ts";

/** What streams have to do with each other's tables and views. */

/** How other streams use the table of this one differently: they share its views. Others are named as people
 *  name them: an id is a key. */
export function differentUsers(
  stream: Stream,
  all: readonly Reading[],
): { other: string; differs: string }[] {
  const table = tableName(stream.table);
  return all.flatMap((reading) => {
    const other = writing(reading);
    if (other === undefined || other.id === stream.id || tableName(other.table) !== table) return [];
    if (orderingText(other) === orderingText(stream)) return [];
    const differs = `${say("key", other.key)}, ${say("updated", other.updated)} and ${say("items", other.items)}`;
    return [{ other: called(other), differs }];
  });
}

const called = ({ name }: Stream) =>
  name === undefined ? "Another stream (without a name)" : `The stream "${name}"`;

/** Where the table of this stream has the name of another one's view, or the other way round: a sentence for
 *  each. The view would not be made, and whoever reads it would get rows of the other stream. */
export function viewNamesTaken({ id, table }: Stream, all: readonly Reading[]): string[] {
  const name = tableName(table);
  return all.flatMap((reading) => {
    const other = writing(reading);
    if (other === undefined || other.id === id) return [];
    const there = tableName(other.table);
    if (isViewOf(name, there))
      return [`${called(other)} writes to ${there}, and ${name} is the name of a view of that table`];
    return isViewOf(there, name)
      ? [`${called(other)} writes to ${there}, and that is the name of a view of ${name}`]
      : [];
  });
}

/** In any case: some warehouses would take the names for the same. */
function isViewOf(view: string, table: string): boolean {
  // A list compares each stream with all others: nearly always the lengths tell.
  const more = view.length - table.length;
  return viewSuffixes.some(
    (suffix) => suffix.length === more && view.toLowerCase() === (table + suffix).toLowerCase(),
  );
}

const say = (field: string, value: string | readonly string[] | undefined) =>
  value === undefined
    ? `no ${field}`
    : `the ${field} ${typeof value === "string" ? value : JSON.stringify(value)}`;
