import { mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { panelNotBuilt } from "../functions/problems.ts";
import type { CreatePanel } from "./ports.ts";

const root = join(import.meta.dirname, "..");
const directory = join(root, "dist/panel");
const built = join(directory, "server.js");

/** The panel as it is built, and first built where that is missing or older than its sources. What is
 *  deployed has it inside instead (infra/google/build).
 *  @throws panel_not_built where esbuild is not installed and no one has built it before */
export async function loadPanel(): Promise<CreatePanel> {
  await buildPanel();
  const { createPanel } = (await import(pathToFileURL(built).href)) as { createPanel: CreatePanel };
  return createPanel;
}

/** @param always also where the built file is newer than its sources */
export async function buildPanel({ always = false } = {}): Promise<void> {
  const before = changedAt(built);
  if (!always && before !== undefined && before >= newestSource()) return;
  const bytes = await bundle(before !== undefined);
  if (bytes === undefined) return;
  mkdirSync(directory, { recursive: true });
  // Two processes may build at once: each file is whole, and they are the same.
  const own = `${built}.${process.pid}`;
  writeFileSync(own, bytes);
  renameSync(own, built);
}

/** @returns undefined where there is nothing to build with, and something that was built */
async function bundle(isBuilt: boolean): Promise<Uint8Array | undefined> {
  try {
    const { bundlePanel } = await import("./build.ts");
    return await bundlePanel(root, directory);
  } catch (error) {
    // Installed without what is for development, and perhaps copied, which makes all files
    // new: what is there is right.
    if ((error as { code?: unknown }).code !== "ERR_MODULE_NOT_FOUND") throw error;
    if (isBuilt) return undefined;
    throw panelNotBuilt(undefined, error);
  }
}

function changedAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

function newestSource(): number {
  const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" });
  const paths = ["package-lock.json", ...sources.map((name) => join("panel", name))];
  return Math.max(...paths.map((path) => changedAt(join(root, path)) ?? 0));
}
