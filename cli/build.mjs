// Builds the whole CLI as one file that needs nothing beside it: node cli/build.mjs [FILE],
// dist/afterclick.js where left out. The file is a plain script without import or require, so that it
// runs the same with and without a package.json around it, and so that its first lines can tell an
// older Node what is missing.
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const outfile = process.argv[2] ?? join(here, "..", "dist", "afterclick.js");

await build({
  entryPoints: ["afterclick.mjs"],
  // Names inside the file are relative to here: no path of this machine gets in.
  absWorkingDir: here,
  outfile,
  bundle: true,
  platform: "node",
  format: "iife",
  target: "node22",
  charset: "utf8",
  logLevel: "warning",
  // It opens DuckDB and SQLite files, which one file cannot bring along: cli/commands/check.ts says so.
  external: ["*/folder/check.ts"],
  // Node's own modules, without import or require. `var`: where the file is CommonJS,
  // the name is taken already.
  banner: { js: "var require = (name) => process.getBuiltinModule(name);" },
});
await chmod(outfile, 0o755);
