import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { imports, root, sources } from "./house.ts";
import { processUses } from "./process-uses.ts";

/** What each room of the house may reach for: its own files, the rooms named here, and packages. */
const rules: Record<string, { rooms: string[]; packages: RegExp }> = {
  // A face shows what the nouns do; a noun knows no face, and a small mechanism knows no noun.
  "functions/api": {
    rooms: [
      "functions",
      "functions/letters",
      "functions/streams",
      "functions/senders",
      "functions/hits",
      "functions/activity",
      "functions/health",
      "functions/people",
      "functions/import",
      "functions/feeds",
    ],
    packages: /^(node:.*|ajv)$/,
  },
  "functions/collect": {
    rooms: ["functions", "functions/streams", "functions/senders", "functions/activity"],
    packages: /^node:.*$/,
  },
  "functions/deliver": {
    rooms: ["functions", "functions/streams", "functions/letters", "functions/hits", "functions/activity"],
    packages: /^node:.*$/,
  },
  "functions/activity": {
    rooms: ["functions", "functions/streams", "functions/hits", "functions/letters"],
    packages: /^node:.*$/,
  },
  "functions/health": {
    rooms: ["functions", "functions/activity", "functions/streams", "functions/letters", "functions/people"],
    packages: /^node:.*$/,
  },
  // It does what people do, a whole house of it at once.
  "functions/demo": {
    rooms: [
      "functions",
      "functions/activity",
      "functions/hits",
      "functions/letters",
      "functions/people",
      "functions/streams",
    ],
    packages: /^node:.*$/,
  },
  "functions/sign-in": { rooms: ["functions", "functions/people"], packages: /^node:.*$/ },
  "functions/people": { rooms: ["functions"], packages: /^node:.*$/ },
  "functions/import": {
    rooms: ["functions", "functions/payload", "functions/people", "functions/streams"],
    packages: /^(node:.*|ajv)$/,
  },
  "functions/feeds": {
    rooms: ["functions", "functions/payload", "functions/people", "functions/streams", "functions/import"],
    packages: /^(node:.*|ajv)$/,
  },
  "functions/letters": {
    rooms: ["functions", "functions/streams", "functions/senders", "functions/hits", "functions/people"],
    packages: /^node:.*$/,
  },
  "functions/senders": {
    rooms: ["functions", "functions/payload", "functions/people", "functions/streams"],
    packages: /^(node:.*|ajv)$/,
  },
  "functions/hits": {
    rooms: ["functions", "functions/payload", "functions/streams", "functions/letters"],
    packages: /^node:.*$/,
  },
  "functions/streams": {
    rooms: ["functions", "functions/senders", "functions/hits", "functions/people"],
    packages: /^(node:.*|ajv|json-schema-to-ts)$/,
  },
  "functions/payload": { rooms: ["functions"], packages: /^(node:.*|saxes)$/ },
  // It hands out texts: whatever they are made of is in them.
  "panel/snippets": { rooms: ["functions"], packages: /^node:.*$/ },
  functions: { rooms: [], packages: /^node:.*$/ },
  // A face beside the API, never behind it.
  panel: {
    rooms: [
      "functions",
      "functions/streams",
      "functions/letters",
      "functions/hits",
      "functions/people",
      "functions/sign-in",
      "functions/activity",
      "functions/demo",
      "functions/import",
      "functions/feeds",
      "panel/snippets",
    ],
    packages: /^(node:.*|esbuild|preact|preact\/hooks|preact-render-to-string|panel:assets)$/,
  },
  "infra/local": {
    rooms: ["functions/*", "infra", "infra/parquet", "panel", "panel/snippets"],
    packages: /^(node:.*|@duckdb\/node-(api|bindings)|ssh2)$/,
  },
  "infra/google/build": { rooms: ["panel"], packages: /^(node:.*|esbuild)$/ },
  "infra/google": {
    rooms: ["functions/*", "infra", "infra/parquet", "panel", "panel/snippets"],
    packages: /^(node:.*|@google-cloud\/.*|@grpc\/grpc-js|google-gax|google-auth-library|protobufjs.*)$/,
  },
  "infra/emulated": {
    rooms: ["functions/*", "infra", "infra/google"],
    packages: /^node:.*$/,
  },
  "infra/parquet": { rooms: ["functions/*"], packages: /^(node:.*|hyparquet)$/ },
  infra: { rooms: ["functions/*", "panel"], packages: /^(node:.*|ajv)$/ },
  // restore works on the data folder itself, while no server runs.
  cli: {
    rooms: ["functions/*", "infra", "infra/local", "infra/parquet"],
    packages: /^(node:.*|string-width|esbuild|google-auth-library)$/,
  },
};

function room(path: string): string {
  return (
    Object.keys(rules).find((name) => path === name || path.startsWith(`${name}/`)) ?? path.split("/")[0]!
  );
}

/** `functions/*` is that room with all rooms in it. */
function isIn(there: string, known: string): boolean {
  return known.endsWith("/*") ? `${there}/`.startsWith(known.slice(0, -1)) : there === known;
}

const files = sources();

test("there is a house to look at", () => {
  expect(files.length).toBeGreaterThan(30);
});

test.each(Object.keys(rules))("%s imports only what it may know", (name) => {
  const rule = rules[name]!;
  const strangers = files
    .filter((file) => room(file) === name)
    .flatMap((file) =>
      imports(file)
        .filter(({ path, name: stranger }) => !(path ?? stranger)!.endsWith("package.json"))
        .filter(({ path, name: stranger }) =>
          path === undefined
            ? !rule.packages.test(stranger!)
            : !rule.rooms.concat(name).some((known) => isIn(room(path), known)),
        )
        .map(({ path, name: stranger }) => `${file} imports ${path ?? stranger}`),
    );
  expect(strangers).toEqual([]);
});

const usesIn = (file: string) => processUses(readFileSync(join(root, file), "utf8"), file.endsWith(".tsx"));

test("only a main.ts reads the environment, whatever it calls it", () => {
  const readers = files.filter((file) => usesIn(file).environment);
  expect(readers.filter((file) => !/(^|\/)main\.(ts|mjs)$/.test(file))).toEqual([]);
});

test("the product knows nothing of the process it runs in, but for what its work costs", () => {
  const taken = files.filter((file) => file.startsWith("functions/")).flatMap((file) => usesIn(file).names);
  expect(taken.filter((name) => !["cpuUsage", "threadCpuUsage"].includes(name))).toEqual([]);
});

test.each([
  "process.env",
  'process["env"].PORT',
  "process[name]",
  "const { env } = process",
  "const { pid, env: all } = process",
  "const { pid, ...rest } = process",
  "const own = process; own.env",
  "read(process)",
  "({ of: process })",
  "globalThis.process.env",
  "const { process: own } = globalThis",
  "const { env } = globalThis.process",
  'import { env } from "node:process"',
  'import own from "process"',
  'const { env } = await import("node:process")',
])("this reads the environment, or may: %s", (source) => {
  expect(processUses(source).environment).toBe(true);
});

test.each([
  "process.exit(1)",
  "const { pid } = process",
  "process.send.bind(process)",
  "job.process.env",
  "const a = { process: 1, env: 2 }",
  "// process.env",
  "'process.env'",
])("this does not: %s", (source) => {
  expect(processUses(source).environment).toBe(false);
});
