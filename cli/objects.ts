import { distinctNames } from "../functions/column-names.ts";
import { json } from "./visible.ts";

/** Rows as a JSON array of objects, one row a line: exact for machines, and `grep` works too. */
export function asObjects(names: readonly string[], rows: readonly (readonly unknown[])[]): string {
  if (rows.length === 0) return "[]\n";
  const keys = distinctNames(names);
  const lines = rows.map((row) =>
    json(Object.fromEntries(keys.map((key, index) => [key, row[index] ?? null]))),
  );
  return `[\n${lines.join(",\n")}\n]\n`;
}
