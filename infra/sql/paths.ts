import { jsonPath, type Path, ways } from "../../functions/streams/records/path.ts";
import type { Dialect } from "../../functions/dialect.ts";

/** The columns that a path may lead into; undefined where the table has none of them. */
export interface Places {
  readonly body: string;
  readonly hit: string;
  readonly header: string | undefined;
}

/** The text of the value that a path leads to; NULL for objects, arrays and what is missing. */
export function valueSql(sql: Dialect, path: Path, places: Places): string {
  const json = places[path.from];
  if (json === undefined) return "CAST(NULL AS STRING)";
  return first(ways(path).map((way) => sql.jsonValue(json, jsonPath(way))));
}

/** The elements of the list that a path leads to; NULL where there is none. */
export function listSql(sql: Dialect, path: Path, json: string): string {
  return first(ways(path).map((way) => sql.jsonList(json, jsonPath(way))));
}

function first(values: readonly string[]): string {
  return values.length === 1 ? values[0]! : `COALESCE(${values.join(", ")})`;
}
