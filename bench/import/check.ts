/** `node bench/import/check.ts FILE`: the check alone, in a process of its own. Prints its cost as JSON. */
import { checkFile } from "../../functions/import/check.ts";
import { usualSettings } from "../../functions/import/settings.ts";
import { scratch } from "../../infra/scratch.ts";
import { openStoredFile } from "../../infra/stored-file.ts";
import { openParquet } from "../../infra/parquet/parquet.ts";

let events = 0;
const began = performance.now();
const report = await checkFile(
  await openStoredFile(process.argv[2]!),
  { ...usualSettings, zone: "UTC" },
  {
    importId: "bench",
    now: Date.now,
    parquet: openParquet,
    scratch,
    sink: { events: (some) => void (events += some.length) },
  },
);
if (!report.state.startsWith("imported")) throw new Error(`${report.code}: ${report.reason}`);
process.stdout.write(`${JSON.stringify({ events, seconds: (performance.now() - began) / 1000 })}\n`);
