/** `npm run build [FOLDER]`: what Cloud Functions takes, in dist/ where left out:
 *  function/                     the folder, for gcloud functions deploy --source
 *  afterclick-function.zip       the same as one file, for Terraform; its bytes depend on the sources alone
 *  afterclick-function.cdx.json  what is inside, in CycloneDX */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { buildPanel } from "../../../panel/load.ts";
import { bundle, factsOf } from "./bundle.ts";
import { billOfMaterials, componentsOf, licenceTexts } from "./contents.ts";
import { closureOf, readLock } from "./lock.ts";
import { zip } from "./zip.ts";

const root = resolve(import.meta.dirname, "../../..");
const framework = "@google-cloud/functions-framework";
const to = resolve(process.argv[2] ?? join(root, "dist"));

const house = factsOf(root, ".");
const lock = readLock(root);
await buildPanel({ always: true });
const bundled = await bundle(root);
const installed = closureOf(lock, framework);
const components = componentsOf(root, bundled, installed, lock);

const facts = {
  name: "afterclick-function",
  version: house.version,
  license: house.license!,
  private: true,
  type: "module",
  main: "main.js",
  engines: { node: "24.x" },
  dependencies: {
    [framework]: installed[`node_modules/${framework}`]!.version!,
  },
};
const files = new Map<string, Uint8Array>(bundled.files);
// Empty: there is nothing left to build in the cloud.
addJson("package.json", { ...facts, scripts: { "gcp-build": "" } });
const { name, version, license, engines, dependencies } = facts;
addJson("package-lock.json", {
  name,
  version,
  lockfileVersion: lock.lockfileVersion,
  requires: true,
  packages: {
    "": { name, version, license, dependencies, engines },
    ...installed,
  },
});
files.set("LICENSE", readFileSync(join(root, "LICENSE")));
files.set("THIRD-PARTY-LICENSES.txt", Buffer.from(licenceTexts(root, bundled)));

const folder = join(to, "function");
rmSync(folder, { recursive: true, force: true });
for (const [path, bytes] of files) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), bytes);
}
const zipped = zip(files);
writeFileSync(join(to, "afterclick-function.zip"), zipped);
writeFileSync(join(to, "afterclick-function.cdx.json"), json(billOfMaterials(facts, components)));

const mebibytes = (zipped.length / 1024 / 1024).toFixed(1);
console.log(
  `${join(to, "afterclick-function.zip")}  ${mebibytes} MiB, ${files.size} files, ${components.length} packages`,
);
console.log(`sha256 ${createHash("sha256").update(zipped).digest("hex")}`);

function addJson(path: string, document: object): void {
  files.set(path, Buffer.from(json(document)));
}

function json(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
