/** One check in a process of its own, so that its memory is its alone. */
import { readFileSync } from "node:fs";
import { checkFile } from "../../functions/import/check.ts";
import { usualSettings } from "../../functions/import/settings.ts";
import { scratch } from "../../infra/scratch.ts";
import { openStoredFile } from "../../infra/stored-file.ts";
import { openParquet } from "../../infra/parquet/parquet.ts";

export interface Cost {
  readonly events: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly residentMiB: number;
}

let events = 0;
const began = performance.now();
const report = await checkFile(
  await openStoredFile(process.argv[2]!),
  { ...usualSettings, zone: "Europe/Amsterdam" },
  {
    importId: "bench",
    now: () => Date.parse("2026-11-21T08:00:00Z"),
    parquet: openParquet,
    scratch,
    sink: { events: (some) => void (events += some.length) },
  },
);
if (report.state !== "imported") throw new Error(`${report.code}: ${report.reason}`);
const { userCPUTime, systemCPUTime } = process.resourceUsage();
// Linux: maxRSS of a child knows the memory of the parent that it was made from.
const [, peakKiB] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))!;
const cost: Cost = {
  events,
  seconds: (performance.now() - began) / 1000,
  cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
  residentMiB: Math.round(Number(peakKiB) / 1024),
};
process.stdout.write(`${JSON.stringify(cost)}\n`);
