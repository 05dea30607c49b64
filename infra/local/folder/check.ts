import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { openWorker } from "../thread/worker.ts";
import { missingFiles, readPending } from "./files.ts";
import { differences, readPages } from "./house.ts";
import { lockFolder } from "./lock.ts";
import { dataFiles, type StoreName } from "./page.ts";

export interface CheckApi {
  verify(ask: { store: Exclude<StoreName, "warehouse">; file: string }): string[];
}

/** What is wrong with a data folder that no server runs on, a sentence each.
 *  @throws folder_in_use where one does, folder_unusable */
export async function checkStopped(directory: string): Promise<string[]> {
  const lock = await lockFolder(directory);
  try {
    const missing = missingFiles(directory);
    const pending = await readPending(directory);
    const findings = [...missing].filter(([name]) => pending?.includes(name) !== true).map(([, why]) => why);
    for (const store of ["queue", "registry"] as const)
      if (!missing.has(store)) findings.push(...(await verifyBeside(directory, store)));
    if (!missing.has("warehouse"))
      findings.push(...(await verifyDuckdb(join(directory, dataFiles.warehouse))));
    // Files that cannot even be read have been named by now.
    if (pending === undefined && findings.length === 0)
      findings.push(...differences(await readPages(directory, missing)));
    return findings;
  } finally {
    await lock.abandon();
  }
}

/** The same while the server runs. Only its own process may open the warehouse's file.
 *  @param warehouse reads it through */
export async function checkRunning(
  directory: string,
  warehouse: { verify(): Promise<string[]> },
): Promise<string[]> {
  const missing = missingFiles(directory);
  const findings = [...missing.values()];
  for (const store of ["queue", "registry"] as const)
    if (!missing.has(store)) findings.push(...(await verifyBeside(directory, store)));
  return [...findings, ...(await warehouse.verify())];
}

async function verifyBeside(directory: string, store: "queue" | "registry"): Promise<string[]> {
  const caller = openWorker<CheckApi>(new URL("./check.worker.ts", import.meta.url), { name: "check" });
  try {
    return await caller.call("verify", { store, file: join(directory, dataFiles[store]) });
  } finally {
    await caller.close();
  }
}

async function verifyDuckdb(file: string): Promise<string[]> {
  const script = fileURLToPath(new URL("./check.duckdb.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, file], { env: {} });
  return stdout.split("\n").filter((line) => line !== "");
}
