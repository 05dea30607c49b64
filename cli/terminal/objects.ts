import { distinctNames } from "../../functions/column-names.ts";
import { harmlessJson, json } from "./visible.ts";

export interface Columns {
  readonly names: readonly string[];
  /** Their types: one of JSON holds texts, one of what is nested may. */
  readonly types: readonly string[];
  /** A column of JSON stays the text that is stored. */
  readonly raw?: boolean;
}

/** Rows as a JSON array of objects, one row a line: exact for machines, and `grep` works too. A column of
 *  JSON is JSON there, with every digit as it is stored, and so is what is nested. */
export function asObjects(
  { names, types, raw = false }: Columns,
  rows: readonly (readonly unknown[])[],
): string {
  if (rows.length === 0) return "[]\n";
  const keys = distinctNames(names).map((name) => json(name));
  const parsed = types.map((type) => (type === "JSON" ? !raw : nested.test(type)));
  const lines = rows.map((row) => {
    const members = keys.map((key, index) => `${key}:${cell(row[index] ?? null, parsed[index] === true)}`);
    return `{${members.join(",")}}`;
  });
  return `[\n${lines.join(",\n")}\n]\n`;
}

/** Lists, structs, maps and unions, in the words of DuckDB and of BigQuery. */
const nested = /^(ARRAY<|STRUCT\b|MAP\(|UNION\()|\]$/;

function cell(value: unknown, isParsed: boolean): string {
  return isParsed && typeof value === "string" && isJson(value) ? harmlessJson(value) : json(value);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
