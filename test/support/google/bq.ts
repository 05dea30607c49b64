import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Google's own `bq`, talking to the emulator. */

/** What is not installed and the command that provides it. */
export function missingBq(): string | undefined {
  try {
    return files().find((file) => !existsSync(file)) === undefined
      ? undefined
      : "Google's bq is not installed: run gcloud components install bq.";
  } catch {
    return "The Google Cloud CLI is not installed: see https://cloud.google.com/sdk/docs/install.";
  }
}

let root: string | undefined;

function files(): [bq: string, discovery: string] {
  root ??= execFileSync("gcloud", ["info", "--format=value(installation.sdk_root)"], {
    encoding: "utf8",
  }).trim();
  return [join(root, "bin/bq"), join(root, "platform/bq/discovery_next/bigquery.json")];
}

/** The environment in which `bq` means the emulator.
 *  @param address of its REST door
 *  @param folder a new one, for what bq is told and writes */
export async function bqFor(address: string, folder: string): Promise<Record<string, string>> {
  const [bq, discovery] = files();
  await mkdir(folder, { recursive: true });
  const document = JSON.parse(readFileSync(discovery, "utf8")) as Record<string, string>;
  const rootUrl = `http://${address}/`;
  const file = join(folder, "discovery.json");
  await writeFile(file, JSON.stringify({ ...document, rootUrl, baseUrl: rootUrl + document["servicePath"] }));
  const options = `--discovery_file='${file}' --api=http://${address} --oauth_access_token=fake --headless`;
  await writeFile(join(folder, "bq"), `#!/bin/sh\nexec '${bq}' ${options} "$@"\n`, { mode: 0o755 });
  return {
    PATH: `${folder}:${process.env["PATH"]}`,
    HOME: folder,
    CLOUDSDK_CONFIG: folder,
    CLOUDSDK_CORE_DISABLE_PROMPTS: "1",
    METADATA_SERVER_DETECTION: "none",
  };
}
