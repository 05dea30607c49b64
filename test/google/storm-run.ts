/** The storm in full: node test/google/storm-run.ts [--seconds 600] [--seed N] [--senders 2] [--pause 300].
 *  Ends with 1 where a hit is missing or altered. The same seed gives the same faults in the same order,
 *  not at the same moments. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { start } from "../../infra/emulated/start.ts";
import { storm } from "./storm.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "600" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    senders: { type: "string", default: "2" },
    // In ms: the emulators deliver some ten hits a second on a busy machine, and what they
    // do not must be waited for.
    pause: { type: "string", default: "300" },
  },
});
const folder = mkdtempSync(join(tmpdir(), "afterclick-storm-"));
try {
  const build = join(import.meta.dirname, "../../infra/google/build/main.ts");
  execFileSync(process.execPath, [build, folder], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const cloud = await start({
    zipFile: join(folder, "afterclick-function.zip"),
    env: process.env,
    queue: { ackDeadlineSeconds: 10 },
  });
  try {
    const { seconds, seed, senders, pause } = values;
    const say = (fault: string): void => console.log(fault);
    const report = await storm(cloud, {
      seconds: Number(seconds),
      seed: Number(seed),
      senders: Number(senders),
      pauseMs: Number(pause),
      say,
    });
    console.log(
      JSON.stringify(
        {
          ...report,
          faults: report.faults.length,
          missing: report.missing.slice(0, 20),
        },
        null,
        2,
      ),
    );
    if (report.missing.length + report.altered.length > 0) process.exitCode = 1;
  } finally {
    await cloud.stop();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
