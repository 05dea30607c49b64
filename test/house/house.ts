import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The house as its files say it is: which there are, and what each one imports. */

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Where the product's own code lies; what is not there yet is no place. */
const places = ["functions", "infra", "cli", "panel"];

/** All source files, from the root on. */
export function sources(): string[] {
  const inRoot = readdirSync(root);
  return places
    .filter((place) => inRoot.includes(place))
    .flatMap((place) =>
      readdirSync(join(root, place), { recursive: true, encoding: "utf8" })
        .filter((name) => /\.(ts|tsx|mjs)$/.test(name) && !name.includes("node_modules"))
        .map((name) => join(place, name)),
    );
}

/** What a file imports: `path` from the root on where it is a file of ours, `name` where it is a package. */
export function imports(file: string): { path?: string; name?: string }[] {
  const text = readFileSync(join(root, file), "utf8");
  const found = text.matchAll(/(?:\bfrom\s+|\bimport\s+|\bimport\(\s*|new URL\(\s*)["']([^"']+)["']/g);
  return [...found].map(([, target]) =>
    target!.startsWith(".")
      ? { path: relative(root, resolve(root, dirname(file), target!)) }
      : { name: target! },
  );
}
