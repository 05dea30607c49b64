import { distinctNames } from "../../functions/column-names.ts";
import { harmlessJson, json } from "./visible.ts";

export interface Columns {
  readonly names: readonly string[];
  /** Their types; those of JSON hold texts. */
  readonly types: readonly string[];
}

/** Rows as a JSON array of objects, one row a line: exact for machines, and `grep` works too. A column of JSON is JSON
 *  there, with every digit as it is stored. */
export function asObjects({ names, types }: Columns, rows: readonly (readonly unknown[])[]): string {
  if (rows.length === 0) return "[]\n";
  const keys = distinctNames(names).map((name) => json(name));
  const lines = rows.map((row) => {
    const members = keys.map((key, index) => `${key}:${cell(row[index] ?? null, types[index])}`);
    return `{${members.join(",")}}`;
  });
  return `[\n${lines.join(",\n")}\n]\n`;
}

function cell(value: unknown, type: string | undefined): string {
  return type === "JSON" && typeof value === "string" && isJson(value) ? harmlessJson(value) : json(value);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
