import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { unpack } from "../../infra/emulated/unpack.ts";
import { closureOf, readLock } from "../../infra/google/build/lock.ts";
import { zip } from "../../infra/google/build/zip.ts";
import { build, root, type Built } from "../support/google/built.ts";
import { inFolder } from "../support/folder.ts";
import { needing } from "../support/needs.ts";

/** What `npm run build` leaves for Cloud Functions. */

let built: Built;
beforeAll(() => {
  built = build();
});
afterAll(() => built.remove());

const framework = "@google-cloud/functions-framework";
const read = (path: string) => readFileSync(join(built.folder, path), "utf8");
const scripts = () => ["main.js", ...readdirSync(join(built.folder, "parts")).map((name) => `parts/${name}`)];

/** The part of a function, with all that it loads at once. */
function loadedBy(part: RegExp): string {
  const seen = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    // Minified: from"./x.js" and import"./x.js", but not import("./x.js").
    for (const [, target] of read(path).matchAll(/(?:\bfrom|\bimport)"(\.[^"]+)"/g))
      visit(join(dirname(path), target!));
  };
  visit(scripts().find((path) => part.test(path))!);
  return [...seen].map(read).join("\n");
}

test("the same sources give the same bytes, whatever the folder, the time zone and the language", async () => {
  const again = build({
    TZ: "Pacific/Kiritimati",
    LC_ALL: "tr_TR.UTF-8",
    HOME: "/nonexistent",
  });
  try {
    const digest = ({ zipFile }: Built) => createHash("sha256").update(readFileSync(zipFile)).digest("hex");
    expect(digest(again)).toBe(digest(built));
    const bill = ({ directory }: Built) =>
      readFileSync(join(directory, "afterclick-function.cdx.json"), "utf8");
    expect(bill(again)).toBe(bill(built));
  } finally {
    await again.remove();
  }
});

const noPython =
  spawnSync("python3", ["-c", "import zipfile"]).status === 0
    ? undefined
    : "python3 reads the zip as another program would: `apt-get install python3`, `brew install python`.";

needing(noPython, () => {
  test("the zip is one that other programs read, and the same as the folder", () =>
    inFolder(async (directory) => {
      execFileSync("python3", ["-m", "zipfile", "-e", built.zipFile, directory]);
      execFileSync("diff", ["-r", directory, join(built.directory, "function")]);
    }));
});

test("a zip does not depend on the order in which its files were found", () => {
  const files: [string, Uint8Array][] = [
    ["b/ü.txt", Buffer.from([0, 255])],
    ["a", Buffer.alloc(0)],
  ];
  expect(zip(new Map(files)).equals(zip(new Map(files.toReversed())))).toBe(true);
});

test("a zip that names a file outside of its folder is not unpacked", () =>
  inFolder(async (directory) => {
    const file = join(directory, "evil.zip");
    writeFileSync(file, zip(new Map([["../outside", Buffer.from("x")]])));
    expect(() => unpack(file, join(directory, "inside"), root)).toThrow("outside of its folder");
    expect(readdirSync(directory)).toEqual(["evil.zip"]);
  }));

test("nothing of the embedded run is inside", () => {
  for (const path of scripts())
    expect(read(path)).not.toMatch(/duckdb|node:sqlite|infra\/local|queue\.worker/i);
});

test("nothing is looked for outside: every import is a part or comes with Node", () => {
  const own = new Set([...builtinModules, ...builtinModules.map((name) => `node:${name}`)]);
  for (const path of scripts()) {
    // Not the names in code that ajv would write into files.
    const targets = [
      ...read(path).matchAll(/(?<!['`])(?:\bfrom|\bimport|\bimport\(|\brequire\()"([\w@./:-]+)"/g),
    ].map((match) => match[1]!);
    expect(targets.filter((target) => !target.startsWith(".") && !own.has(target))).toEqual([]);
  }
});

test("the panel is inside, with its browser's files, and admin alone loads it", () => {
  const holdsPanel = (part: RegExp) => loadedBy(part).includes("/assets/panel-");
  expect([/\/admin-/, /\/collect-/, /\/deliver-/].map(holdsPanel)).toEqual([true, false, false]);
});

test("each function loads its own services alone", () => {
  const services = {
    pubsub: "google.pubsub.v1.Publisher",
    firestore: "google.firestore.v1.Firestore",
    bigquery: "AppendRows",
  };
  const loaded = (part: RegExp) =>
    Object.entries(services).flatMap(([name, sign]) => (loadedBy(part).includes(sign) ? [name] : []));
  expect(loaded(/^main/)).toEqual([]);
  expect(loaded(/\/collect-/)).toEqual(["pubsub", "firestore"]);
  // Pub/Sub for its retry topic.
  expect(loaded(/\/deliver-/)).toEqual(["pubsub", "firestore", "bigquery"]);
  expect(loaded(/\/admin-/)).toEqual(["pubsub", "firestore", "bigquery"]);
});

test("collect loads nothing of the client libraries that it never calls", () => {
  const collect = loadedBy(/\/collect-/);
  for (const unused of [
    "FirestoreAdmin",
    "v1beta1.Firestore",
    "BulkWriter",
    "TestIamPermissionsRequest.encode=",
  ])
    expect({ unused, there: collect.includes(unused) }).toEqual({ unused, there: false });
  // 1.7 MB when this was written, 2.9 MB before.
  expect(collect.length).toBeLessThan(2_000_000);
});

test("the framework is the one package that is installed, at our own version, and its lock file is whole", () =>
  inFolder(async (directory) => {
    const { dependencies } = JSON.parse(read("package.json")) as {
      dependencies: Record<string, string>;
    };
    const ours = readLock(root).packages[`node_modules/${framework}`]!.version;
    expect(dependencies).toEqual({ [framework]: ours });
    cpSync(join(built.directory, "function"), directory, { recursive: true });
    mkdirSync(join(directory, "home"));
    // It compares package.json with the lock, every dependency of every package, without fetching any.
    const check = (): void =>
      void execFileSync("npm", ["ci", "--dry-run", "--offline", "--no-audit"], {
        cwd: directory,
        env: { PATH: process.env["PATH"], HOME: join(directory, "home") },
        stdio: ["ignore", "ignore", "pipe"],
      });
    check();
    const lock = JSON.parse(read("package-lock.json")) as {
      packages: Record<string, { hasInstallScript?: boolean }>;
    };
    expect(Object.values(lock.packages).filter(({ hasInstallScript }) => hasInstallScript)).toEqual([]);
    // And this is how it looks where one is missing.
    delete lock.packages["node_modules/minimist"];
    writeFileSync(join(directory, "package-lock.json"), JSON.stringify(lock));
    expect(check).toThrow(/minimist/);
  }));

test("a lock that lacks what a package needs stops the build", () => {
  const packages = {
    "node_modules/a": { version: "1.0.0", dependencies: { b: "1" } },
  };
  expect(() => closureOf({ lockfileVersion: 3, packages }, "a")).toThrow(
    "node_modules/a needs b, which the lock lacks.",
  );
});

test("a package beside its user is taken before the one further up, optional ones may be missing", () => {
  const packages = {
    "node_modules/a": {
      version: "1.0.0",
      dev: true,
      dependencies: { b: "2" },
      optionalDependencies: { c: "1" },
    },
    "node_modules/a/node_modules/b": {
      version: "2.0.0",
      dependencies: { d: "1" },
    },
    "node_modules/b": { version: "1.0.0" },
    "node_modules/d": {
      version: "1.0.0",
      peerDependencies: { e: "1" },
      peerDependenciesMeta: { e: { optional: true } },
    },
  };
  const closure = closureOf({ lockfileVersion: 3, packages }, "a");
  expect(Object.keys(closure)).toEqual(["node_modules/a", "node_modules/a/node_modules/b", "node_modules/d"]);
  expect(closure["node_modules/a"]).not.toHaveProperty("dev");
});

test("the bill of materials names every package with its version and licence, and licence texts are kept", () => {
  const bill = JSON.parse(readFileSync(join(built.directory, "afterclick-function.cdx.json"), "utf8")) as {
    bomFormat: string;
    components: {
      name: string;
      version: string;
      purl: string;
      licenses?: unknown[];
      properties: { value: string }[];
    }[];
  };
  expect(bill.bomFormat).toBe("CycloneDX");
  for (const component of bill.components) expect(component).toMatchObject({ licenses: [expect.anything()] });
  const named = (where: string) =>
    bill.components.filter(({ properties }) => properties[0]!.value === where).map(({ name }) => name);
  expect(named("bundled")).toEqual(
    expect.arrayContaining(["@grpc/grpc-js", "ajv", "google-gax", "protobufjs"]),
  );
  expect(named("installed")).toEqual(expect.arrayContaining([framework, "express"]));
  const texts = read("THIRD-PARTY-LICENSES.txt");
  for (const name of named("bundled"))
    expect(texts).toContain(`\n${name} `.slice(texts.startsWith(name) ? 1 : 0));
  expect(texts).toContain("Permission is hereby granted, free of charge");
  rmSync(join(built.directory, "unpacked"), { recursive: true });
});
