import { json } from "./visible.ts";

/** Rows as a JSON array of objects, one row a line: exact for machines, and `grep` works too. */
export function asObjects(names: readonly string[], rows: readonly (readonly unknown[])[]): string {
  if (rows.length === 0) return "[]\n";
  const keys = distinct(names);
  const lines = rows.map((row) =>
    json(Object.fromEntries(keys.map((key, index) => [key, row[index] ?? null]))),
  );
  return `[\n${lines.join(",\n")}\n]\n`;
}

/** `select 1 as a, 2 as a` has two columns of one name; as keys the second is `a_2`: no value gets lost. */
function distinct(names: readonly string[]): string[] {
  const taken = new Set<string>(names);
  const seen = new Set<string>();
  return names.map((name) => {
    let key = name;
    for (let number = 2; seen.has(key) || (key !== name && taken.has(key)); number++)
      key = `${name}_${number}`;
    seen.add(key);
    return key;
  });
}
