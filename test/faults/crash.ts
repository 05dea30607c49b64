/** Kills the product again and again under load, then looks whether what it promised is there. */
import { statSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { dataFiles, storeNames } from "../../infra/local/folder/page.ts";
import { warehouseFileName } from "../../infra/local/warehouse/sql.ts";
import { launchProduct, startProduct, type Product } from "../support/product.ts";
import { until } from "../support/until.ts";
import { clockOff, noWrongClock } from "../support/wrong-clock.ts";
import { judge, readEvidence, type Verdict } from "./evidence.ts";
import { createLoad, type Load } from "./load.ts";
import { prepareStreams } from "./streams.ts";

/** When the product dies. */
const moments = [
  "under load",
  "while it starts",
  "while it stops",
  "at a checkpoint",
  "after it stood still",
  "under a wrong clock",
  "with a file taken away",
] as const;
export type Moment = (typeof moments)[number];

export interface CrashReport extends Verdict {
  /** Sentences: what this machine cannot show. */
  readonly leftOut: readonly string[];
  readonly kills: Readonly<Record<Moment, number>>;
  /** Kills that came with more than half of a checkpoint's log on the disk, or while it was folded. */
  readonly killedNearCheckpoint: number;
  readonly answers: Readonly<Record<string, number>>;
  /** Deliveries sent again under their own name. */
  readonly resent: number;
}

/** The warehouse folds its log into the file from here on; see walBytesMax of infra/local. */
const walBytesMax = 64 * 1024 * 1024;

/** How far a clock is off, in days: twenty years either way. */
const clockDaysMax = 7_300;

/** @param say gets a line a round
 *  @param stillMs how long a product stands still, from the first to the second */
export async function crash(
  directory: string,
  rounds: number,
  say: (line: string) => void,
  stillMs: readonly [number, number] = [5_000, 40_000],
): Promise<CrashReport> {
  const load = createLoad(await prepareStreams(directory));
  const kills = {
    "under load": 0,
    "while it starts": 0,
    "while it stops": 0,
    "at a checkpoint": 0,
    "after it stood still": 0,
    "under a wrong clock": 0,
    "with a file taken away": 0,
  };
  const shown = moments.filter((moment) => moment !== "under a wrong clock" || noWrongClock === undefined);
  let killedNearCheckpoint = 0;
  let startMs = 1_000;
  for (let round = 1; round <= rounds; round++) {
    const moment = shown[(round - 1) % shown.length]!;
    const began = performance.now();
    if (moment === "with a file taken away") await refusedWithout(directory, round);
    else if (moment === "while it starts") await killStarting(directory, Math.random() * 1.2 * startMs);
    else {
      const days = Math.round((Math.random() * 2 - 1) * clockDaysMax);
      const product = await startProduct(directory, moment === "under a wrong clock" ? clockOff(days) : {});
      startMs = performance.now() - began;
      await killWorking(directory, product, moment, load, stillMs);
    }
    kills[moment]++;
    const walBytes = logBytes(directory);
    if (walBytes > walBytesMax / 2) killedNearCheckpoint++;
    say(
      `round ${round}: killed ${moment} after ${Math.round(performance.now() - began)} ms; ` +
        `${load.acknowledged.size} hits acknowledged so far, ${Math.round(walBytes / 2 ** 20)} MiB of log`,
    );
  }
  await deliverAll(directory);
  return {
    ...judge(load, await readEvidence(directory)),
    kills,
    leftOut: noWrongClock === undefined ? [] : [`left out: ${noWrongClock}`],
    killedNearCheckpoint,
    answers: Object.fromEntries(load.answers),
    resent: load.resent(),
  };
}

/** Dies before it takes anything; most often while the queue is read and the warehouse's log replayed. */
async function killStarting(directory: string, afterMs: number): Promise<void> {
  const launch = launchProduct(directory);
  const late = pause(afterMs);
  const early = await Promise.race([late, launch.ready.then(() => late)]).then(
    () => undefined,
    (error: Error) => error,
  );
  launch.ready.catch(() => undefined);
  await launch.end("SIGKILL");
  if (early !== undefined) throw early;
}

/** Each file in turn: a folder that lacks one is never begun anew. */
async function refusedWithout(directory: string, round: number): Promise<void> {
  const name = dataFiles[storeNames[round % storeNames.length]!];
  const file = join(directory, name);
  await rename(file, `${file}.away`);
  const launch = launchProduct(directory);
  const refused = await launch.ready.then(
    () => "it started",
    (error: Error) => error.message,
  );
  await launch.end("SIGKILL");
  if (!refused.includes(`${name} is missing`)) throw new Error(`Without ${name}: ${refused}`);
  await rename(`${file}.away`, file);
}

async function killWorking(
  directory: string,
  product: Product,
  moment: Moment,
  load: Load,
  [stillMsMin, stillMsMax]: readonly [number, number],
): Promise<void> {
  const stop = load.aim(Number(new URL(product.collectUrl).port), {
    largeShare: moment === "at a checkpoint" ? 0.3 : 0.02,
  });
  if (moment === "at a checkpoint") {
    // The log grows to its limit; the checkpoint that follows is what dies.
    await until("the log is long", () => logBytes(directory) > walBytesMax);
    await pause(Math.random() * 150);
  } else await pause(50 + Math.random() * 2_000);
  if (moment === "after it stood still") {
    process.kill(product.pid, "SIGSTOP");
    await pause(stillMsMin + Math.random() * (stillMsMax - stillMsMin));
    process.kill(product.pid, "SIGCONT");
    await pause(Math.random() * 1_000);
  }
  if (moment === "while it stops") {
    const stopping = product.end("SIGTERM");
    await pause(Math.random() * 1_500);
    await product.end("SIGKILL");
    await stopping;
  } else {
    const code = await product.end("SIGKILL");
    if (code !== null) throw new Error(`It ended by itself with ${code}:\n${product.output().slice(-4_000)}`);
  }
  await stop();
}

/** Starts once more, waits until nothing is in the queue, stops cleanly. */
export async function deliverAll(directory: string): Promise<void> {
  const product = await startProduct(directory);
  await untilDelivered(product);
  const code = await product.end("SIGTERM");
  if (code !== 0) throw new Error(`The last stop ended with ${code}:\n${product.output().slice(-4_000)}`);
}

export async function untilDelivered(product: Product): Promise<void> {
  let status: { queue?: { waiting?: number } } = {};
  const isEmpty = async (): Promise<boolean> => {
    status = await product.admin("GET", "/v1/status");
    return status.queue?.waiting === 0;
  };
  await until("nothing waits in the queue", isEmpty).catch((error: Error) => {
    throw new Error(`${JSON.stringify(status)}\n${product.output().slice(-4_000)}`, { cause: error });
  });
}

function logBytes(directory: string): number {
  return (
    statSync(join(directory, `${warehouseFileName}.wal`), {
      throwIfNoEntry: false,
    })?.size ?? 0
  );
}

/** The moment of a kill is a time, not a condition. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
