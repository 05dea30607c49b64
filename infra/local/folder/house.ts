/** Whether the files of a data folder belong together, asked before any of them is opened for good: a folder
 *  that is refused stays as it is. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Log } from "../../../functions/log.ts";
import { fileUnusable, folderNotWhole } from "../../../functions/problems.ts";
import { whyOf } from "../thread/worker.ts";
import {
  hasNoData,
  leftBeside,
  logSuffix,
  missingFiles,
  readPending,
  setAside,
  writePending,
} from "./files.ts";
import { dataFiles, storeNames, type Page, type StoreName } from "./page.ts";
import { peek } from "./peek.ts";

/** What the files say of themselves. One that is missing, or cannot be read, has no entry. */
export type Pages = ReadonlyMap<StoreName, Page | undefined>;

export interface Entrance {
  /** The id of the house; a new one where `isPending`. */
  readonly house: string;
  /** How far each file is, as far as any of them knows. */
  readonly states: Readonly<Record<StoreName, number>>;
  /** The files have still to get the id; `removePending` when all of them have it. */
  readonly isPending: boolean;
}

/** @param acceptLoss goes on without what is lost, and says in the log what that is
 *  @throws folder_not_whole, file_unusable */
export async function enterHouse(
  directory: string,
  { acceptLoss, log }: { acceptLoss: boolean; log: Log },
): Promise<Entrance> {
  const beside = hasNoData(directory) ? leftBeside(directory) : undefined;
  const pending = beside?.length === 0 ? [...storeNames] : await readPending(directory);
  const missing = missingFiles(directory);
  const lost = new Map([...missing].filter(([name]) => pending?.includes(name) !== true));
  const pages = await readPages(directory, missing);
  const findings = [...lost.values(), ...(pending === undefined ? differences(pages) : [])];
  if (beside !== undefined && lost.size > 0)
    findings.push(`${beside.join(", ")} are of a server that was here, so that the folder is not new`);
  if (findings.length > 0) {
    if (!acceptLoss) throw folderNotWhole({ directory, findings });
    log("WARNING", "The server goes on without what is lost, as --accept-loss tells it to.", {
      event: "loss_accepted",
      findings,
    });
  }
  const house = [...pages.values()].find((page) => page !== undefined)?.house;
  const states = statesOf(pages);
  if (house !== undefined && pending === undefined && findings.length === 0)
    return { house, states, isPending: false };
  // First of all: what is interrupted from here on is taken up by the next start.
  await writePending(directory, [...missing.keys()]);
  for (const name of missing.keys()) await setAside(directory, name);
  return { house: randomUUID(), states, isPending: true };
}

/** Sentences; none where the files belong together, or all are of 0.1.0, which wrote no pages. */
export function differences(pages: Pages): string[] {
  const known = [...pages.values()].filter((page) => page !== undefined);
  if (known.length === 0) return [];
  const house = mostFrequent(known.map((page) => page.house));
  const own = known.filter((page) => page.house === house);
  const found: string[] = [];
  for (const [name, page] of pages) {
    const file = dataFiles[name];
    const latest = Math.max(...own.map(({ states }) => states[name]));
    if (page === undefined) found.push(`${file} carries no id of a data folder, and the others do`);
    else if (page.house !== house) found.push(`${file} is of another data folder`);
    else if (page.states[name] < latest)
      found.push(
        `${file} is older than the others saw it (${page.states[name]}, seen ${latest}): an older copy lies in its place, ` +
          `or ${file}${logSuffix[name]} is missing or cut off`,
      );
  }
  return found;
}

export async function readPages(directory: string, missing: ReadonlyMap<StoreName, string>): Promise<Pages> {
  const pages = new Map<StoreName, Page | undefined>();
  for (const name of storeNames) {
    if (missing.has(name)) continue;
    const file = join(directory, dataFiles[name]);
    try {
      pages.set(name, await peek(name, file));
    } catch (error) {
      // What read-only eyes cannot read may be in order for whoever opens it for good, and says so otherwise.
      if (name !== "warehouse") throw fileUnusable({ file, why: whyOf(error) }, error);
    }
  }
  return pages;
}

function statesOf(pages: Pages): Record<StoreName, number> {
  const states = { queue: 0, warehouse: 0, registry: 0 };
  for (const page of pages.values())
    for (const name of storeNames) states[name] = Math.max(states[name], page?.states[name] ?? 0);
  return states;
}

function mostFrequent(texts: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one)[0]![0];
}
