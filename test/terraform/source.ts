import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { module } from "./tool.ts";

/** The module as it is written, for what no plan shows: every block, also one that nobody thought of. */

export const read = (name: string) => readFileSync(join(module, name), "utf8");

export const everything = textOf(".");

/** All .tf files of a folder, one after the other. */
export function textOf(folder: string): string {
  const files = readdirSync(join(module, folder)).filter((name) => name.endsWith(".tf"));
  return files.map((name) => read(join(folder, name))).join("\n");
}

/** `resource "type" "name" { … }` -> [type.name, its text], for every top-level block. */
export function blocks(kind: string, text = everything): [string, string][] {
  const found = text.matchAll(new RegExp(`^${kind} ((?:"[a-z0-9_]+" ?)+)\\{\\n(.*?)^\\}`, "gms"));
  return [...found].map(([, labels, inner]) => [
    labels!.trim().replaceAll('"', "").replaceAll(" ", "."),
    inner!,
  ]);
}
