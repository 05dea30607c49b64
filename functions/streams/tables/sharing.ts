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
  return usersOf(all, table).flatMap((other) => {
    if (other.id === stream.id || tableName(other.table) !== table) return [];
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
  const others = (there: string) => usersOf(all, there).filter((other) => other.id !== id);
  return viewSuffixes.flatMap((suffix) => [
    ...(isEnd(name, suffix) ? others(name.slice(0, -suffix.length)) : []).map(
      (other) =>
        `${called(other)} writes to ${tableName(other.table)}, and ${name} is the name of a view of that table`,
    ),
    ...others(name + suffix).map(
      (other) =>
        `${called(other)} writes to ${tableName(other.table)}, and that is the name of a view of ${name}`,
    ),
  ]);
}

const isEnd = (name: string, suffix: string) => name.toLowerCase().endsWith(suffix);

/** By readings, since a list asks for each of its streams. */
const known = new WeakMap<readonly Reading[], ReadonlyMap<string, readonly Stream[]>>();

/** The streams that write to a table of this name, in any case: some warehouses would take the names for
 *  the same. */
function usersOf(all: readonly Reading[], name: string): readonly Stream[] {
  let users = known.get(all);
  if (users === undefined) {
    const streams = all.flatMap((reading) => writing(reading) ?? []);
    users = Map.groupBy(streams, ({ table }) => tableName(table).toLowerCase());
    known.set(all, users);
  }
  return users.get(name.toLowerCase()) ?? [];
}

const say = (field: string, value: string | readonly string[] | undefined) =>
  value === undefined
    ? `no ${field}`
    : `the ${field} ${typeof value === "string" ? value : JSON.stringify(value)}`;
