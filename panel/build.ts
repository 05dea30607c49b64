import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { build, type BuildOptions, type Plugin } from "esbuild";
import type { Asset } from "./assets.ts";

/** Node runs no .tsx. One function makes of these sources what the server runs, and inside it, by names that
 *  change with their bytes, all files that a browser asks for. */

/** @param root the house's folder
 *  @param directory where the server's file will lie: what it takes from functions/ it finds from there
 *  @returns an ES module that exports createPanel */
export async function bundlePanel(root: string, directory: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    ...common(root),
    entryPoints: ["panel/panel.tsx"],
    platform: "node",
    format: "esm",
    target: "node22",
    // Names stay: a stack in the log must say where it was.
    minifySyntax: true,
    plugins: [await panelAssets(root), functionsOutside(root, directory)],
  });
  return outputFiles![0]!.contents;
}

/** Gives `panel:assets` to whoever bundles the panel. */
export async function panelAssets(root: string): Promise<Plugin> {
  const assets = await browserFiles(root);
  return {
    name: "panel-assets",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^panel:assets$/ }, ({ path }) => ({ path, namespace: "panel" }));
      onLoad({ filter: /./, namespace: "panel" }, () => ({
        contents: `export const assets = ${JSON.stringify(assets)};`,
        loader: "js",
      }));
    },
  };
}

async function browserFiles(root: string): Promise<Asset[]> {
  const script = await build({
    ...common(root),
    entryPoints: ["panel/islands/main.tsx"],
    platform: "browser",
    format: "esm",
    target: "es2022",
    minify: true,
  });
  const style = await build({
    ...common(root),
    stdin: {
      contents: '@import "./tokens.css"; @import "./panel.css"; @import "./more.css";',
      loader: "css",
      resolveDir: join(root, "panel/look"),
    },
    minify: true,
  });
  return [
    named("panel", "js", "text/javascript; charset=utf-8", script.outputFiles![0]!.text),
    named("panel", "css", "text/css; charset=utf-8", style.outputFiles![0]!.text),
    named("icon", "svg", "image/svg+xml", readFileSync(join(root, "panel/look/icon.svg"), "utf8")),
  ];
}

function named(name: string, ending: string, type: string, text: string): Asset {
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 12);
  return { kind: ending, path: `/assets/${name}-${hash}.${ending}`, type, text };
}

function common(root: string): BuildOptions {
  return {
    // Names inside the files are relative to here: no path of a machine gets in.
    absWorkingDir: root,
    outdir: join(root, "dist"),
    write: false,
    bundle: true,
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
  };
}

/** The product's own modules are the ones that run already: a second copy of an error
 *  would be another error. */
function functionsOutside(root: string, directory: string): Plugin {
  const outside = join(root, "functions", "/");
  return {
    name: "functions-outside",
    setup({ onResolve }) {
      onResolve({ filter: /^\..*\/functions\// }, ({ path, resolveDir }) => {
        const target = resolve(resolveDir, path);
        return target.startsWith(outside)
          ? { path: relative(directory, target).replaceAll("\\", "/"), external: true }
          : undefined;
      });
    },
  };
}
