import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";
import { panelAssets } from "../../../panel/build.ts";

export interface Bundle {
  /** By their path below main.js, with slashes. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Folders of the packages that are inside, as `node_modules/name`, sorted. */
  readonly packages: readonly string[];
}

/** Libraries that the bundle holds were written for CommonJS: these are the names they expect. One line, so
 *  that line numbers of stacks stay right. */
const commonJs = [
  'import { createRequire as afterclickRequire } from "node:module";',
  "const require = afterclickRequire(import.meta.url);",
  "const __filename = import.meta.filename;",
  "const __dirname = import.meta.dirname;",
].join(" ");

/** One entry, and a part of its own for each function, so that an instance loads what it needs and nothing
 *  else. The same sources give the same bytes on every machine.
 *  @param root the house's folder */
export async function bundle(root: string): Promise<Bundle> {
  const result = await build({
    entryPoints: ["infra/google/main.ts"],
    // Names inside the files are relative to here: no path of a machine gets in.
    absWorkingDir: root,
    outdir: join(root, "dist"),
    entryNames: "main",
    chunkNames: "parts/[name]-[hash]",
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node24",
    charset: "utf8",
    // Names stay: a stack in the log must say where it was.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "none",
    logLevel: "warning",
    banner: { js: commonJs },
    // The launcher has a registry of its own inside: bundled, there would be two.
    external: ["@google-cloud/functions-framework"],
    plugins: [leanClients(root), await panelAssets(root), panelInside(root)],
  });
  const prefix = join(root, "dist", "/");
  const files = new Map(
    result.outputFiles.map(({ path, contents }) => [
      path.slice(prefix.length).replaceAll("\\", "/"),
      contents,
    ]),
  );
  return { files, packages: packagesOf(result.metafile) };
}

/** What the client libraries load and nothing here calls: each start of an instance would read it.
 *  - Of Firestore its generated client alone: documents, queries, pipelines, the admin
 *    client and v1beta1 stay out.
 *  - google-gax has three services' messages as code, for others to take; itself it reads them from JSON. */
function leanClients(root: string): Plugin {
  const firestore = join(root, "node_modules/@google-cloud/firestore/build/src");
  return {
    name: "lean-clients",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^@google-cloud\/firestore$/ }, () => ({ path: "firestore", namespace: "lean" }));
      onResolve({ filter: /^\.\.\/protos\/(iam_service|locations|operations)$/ }, ({ path, importer }) =>
        /[\\/]google-gax[\\/]build[\\/]src[\\/]/.test(importer)
          ? { path: path.slice("../protos/".length), namespace: "lean" }
          : undefined,
      );
      onLoad({ filter: /^firestore$/, namespace: "lean" }, () => ({
        contents: 'exports.v1 = require("./v1/firestore_client.js");',
        resolveDir: firestore,
      }));
      onLoad({ filter: /./, namespace: "lean" }, () => ({ contents: "module.exports = {};" }));
    },
  };
}

/** In a clone the panel is built on its own and loaded from a file; here it is a part like the others. */
function panelInside(root: string): Plugin {
  return {
    name: "panel-inside",
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]panel[\\/]load\.ts$/ }, () => ({
        contents:
          'import { createPanel } from "./panel.tsx"; export const loadPanel = async () => createPanel;',
        resolveDir: join(root, "panel"),
      }));
    },
  };
}

/** Only what left a byte in an output. */
function packagesOf({ outputs }: Metafile): string[] {
  const inputs = Object.values(outputs).flatMap((output) =>
    Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  const folders = inputs.map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort();
}

/** What package.json says of itself. */
export interface PackageFacts {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

export function factsOf(root: string, folder: string): PackageFacts {
  return JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as PackageFacts;
}
