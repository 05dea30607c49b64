/** Kills the product again and again under load, then looks whether what it promised is there. */
import { randomInt } from "node:crypto";
import { copyFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { dataFiles, storeNames } from "../../../infra/local/folder/page.ts";
import { inFolder } from "../../support/folder.ts";
import { launchProduct, startProduct, type Product } from "../../support/product.ts";
import { until } from "../../support/until.ts";
import { clockOff, noWrongClock } from "../../support/machine/wrong-clock.ts";
import { crowd } from "./crowd.ts";
import { damage, type Damaged } from "./damage.ts";
import { deliverAll } from "./evidence/delivered.ts";
import { readEvidence } from "./evidence/evidence.ts";
import { createKills, type Kills } from "./evidence/in-flight.ts";
import { judge, type Verdict } from "./evidence/judge.ts";
import { createLoad, type Load } from "./load.ts";
import { killInMidWrite } from "./mid-write.ts";
import { prepareStreams } from "./streams.ts";
import type { Write } from "./writing.ts";

/** When the product dies, or what happens to its files. */
export const moments = [
  "under load",
  "while it starts",
  "while it stops",
  "after it stood still",
  "under a wrong clock",
  "with a file taken away",
  "with a file gone while it runs",
  "with a damaged file",
  // Last of one folder: they leave large hits, which whatever comes next has to deliver first.
  "in an append",
  "in a checkpoint",
  "with a crowd of streams",
] as const;
export type Moment = (typeof moments)[number];
/** Of these it is certain what was being written. */
const writes: Partial<Record<Moment, Write>> = {
  "in an append": "an append",
  "in a checkpoint": "a checkpoint",
};

export interface CrashReport {
  /** Of the folder that goes through all rounds, but for the crowds. */
  readonly verdict: Verdict;
  /** Sentences of all folders, empty where every promise was kept. */
  readonly wrongs: readonly string[];
  /** Sentences: what this machine cannot show. */
  readonly leftOut: readonly string[];
  readonly kills: Readonly<Record<Moment, number>>;
  /** Of each kill: rows whose acks were not written yet. They come again; no other row does. */
  readonly inFlight: { readonly most: number; readonly mostOfTable: number; readonly kills: number };
  readonly damaged: readonly Damaged[];
  readonly crowds: readonly Verdict[];
  readonly answers: Readonly<Record<string, number>>;
  /** Deliveries sent again under their own name. */
  readonly resent: number;
}

export interface CrashSettings {
  readonly rounds: number;
  /** Gets a line a round. */
  say(line: string): void;
  /** Looked at before each round: the rounds so far are then judged. */
  isEnough?(): boolean;
  /** What happens, one after another. All unless told. */
  readonly happening?: readonly Moment[];
  /** How long a product stands still, from the first to the second. */
  readonly stillMs?: readonly [number, number];
  /** Hits that a product acknowledges before it is killed under load, at least. A kill repeats what was in
   *  flight, so their share says something only where it is told how many hits came between two kills. */
  readonly hitsMin?: number;
  /** Healthy streams of a crowd. */
  readonly crowdStreams?: number;
  /** Files damaged a round. */
  readonly damages?: number;
}

/** Of all acknowledged hits. A kill repeats what was in flight, however many hits came before it: where the
 *  rounds are short that is any share of them. So those that a kill explains are a figure; all others have
 *  this bound in every run. */
const repeatsShareMax = 0.001;

/** How far a clock is off, in days: twenty years either way. */
const clockDaysMax = 7_300;

export async function crash(
  folder: string,
  {
    rounds,
    say,
    isEnough = () => false,
    happening = moments,
    stillMs = [5_000, 40_000],
    hitsMin = 1,
    crowdStreams = 2_000,
    damages = 3,
  }: CrashSettings,
): Promise<CrashReport> {
  const directory = join(folder, "data");
  const load = createLoad(await prepareStreams(directory));
  const kills = Object.fromEntries(moments.map((moment) => [moment, 0])) as Record<Moment, number>;
  const shown = happening.filter((moment) => moment !== "under a wrong clock" || noWrongClock === undefined);
  const damaged: Damaged[] = [];
  const crowds: Verdict[] = [];
  const killed = createKills(load);
  const inFlight = { most: 0, mostOfTable: 0, kills: 0 };
  let startMs = 1_000;
  for (let round = 1; round <= rounds && !isEnough(); round++) {
    const moment = shown[(round - 1) % shown.length]!;
    const began = performance.now();
    const acknowledged = load.acknowledged.size;
    if (moment === "with a file taken away") await refusedWithout(directory, round);
    else if (moment === "while it starts") await killStarting(directory, Math.random() * 1.2 * startMs);
    else if (moment === "with a crowd of streams") {
      crowds.push(await inFolder((crowded) => crowd(crowded, crowdStreams)));
    } else {
      const days = Math.round((Math.random() * 2 - 1) * clockDaysMax);
      const product = await startProduct(directory, moment === "under a wrong clock" ? clockOff(days) : {});
      startMs = performance.now() - began;
      await killWorking(directory, product, { moment, load, killed, stillMs, hitsMin });
    }
    if (moment === "with a damaged file")
      for (let count = 0; count < damages; count++)
        damaged.push(await damage(directory, join(folder, "damaged"), damaged.length, load));
    const { hits, ofTableMax } = await killed.note(directory);
    inFlight.most = Math.max(inFlight.most, hits);
    inFlight.mostOfTable = Math.max(inFlight.mostOfTable, ofTableMax);
    if (hits > 0) inFlight.kills++;
    kills[moment]++;
    say(
      `round ${round}: killed ${moment} after ${Math.round(performance.now() - began)} ms; ` +
        `${load.acknowledged.size - acknowledged} hits acknowledged, ${hits} rows not acked yet, at most ${ofTableMax} of a table`,
    );
  }
  await deliverAll(directory);
  const verdict = judge(load, await readEvidence(directory), { kills: killed.repeats });
  return {
    verdict,
    wrongs: [
      ...verdict.wrongs,
      ...killed.wrongs,
      ...tooManyRepeats(verdict),
      ...damaged.flatMap(({ harm, wrongs }) => wrongs.map((wrong) => `${harm}: ${wrong}`)),
      ...crowds.flatMap(({ wrongs }) => wrongs.map((wrong) => `a crowd: ${wrong}`)),
      ...crowds.flatMap(tooManyRepeats),
    ],
    kills,
    leftOut: noWrongClock === undefined ? [] : [`left out: ${noWrongClock}`],
    inFlight,
    damaged,
    crowds,
    answers: Object.fromEntries(load.answers),
    resent: load.resent(),
  };
}

function tooManyRepeats({ repeats, acknowledged }: Verdict): string[] {
  if (repeats.unknown <= repeatsShareMax * acknowledged) return [];
  return [`${repeats.unknown} repeats that no kill and no sender explains, of ${acknowledged} hits`];
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

interface Round {
  readonly moment: Moment;
  readonly load: Load;
  readonly killed: Kills;
  readonly stillMs: readonly [number, number];
  readonly hitsMin: number;
}

async function killWorking(
  directory: string,
  product: Product,
  { moment, load, killed, stillMs: [stillMsMin, stillMsMax], hitsMin }: Round,
): Promise<void> {
  const write = writes[moment];
  const before = load.acknowledged.size;
  // Fewer at once where they are large, so that they do not pile up in the queue.
  const aim = write === undefined ? { largeShare: 0.02 } : { largeShare: 0.3, connections: 8 };
  const stop = load.aim(Number(new URL(product.collectUrl).port), aim);
  if (write !== undefined) {
    await killInMidWrite(directory, product, write);
    return stop();
  }
  await until("it takes hits", () => load.acknowledged.size >= before + hitsMin);
  await pause(Math.random() * 2_000);
  if (moment === "after it stood still") {
    process.kill(product.pid, "SIGSTOP");
    await pause(stillMsMin + Math.random() * (stillMsMax - stillMsMin));
    process.kill(product.pid, "SIGCONT");
    await pause(Math.random() * 1_000);
  }
  const putBack =
    moment === "with a file gone while it runs" ? await goneWhile(directory, product, killed) : undefined;
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
  await putBack?.();
}

/** Moves a file away under the running product, or puts a copy in its place; fixes that
 *  or leaves it to the caller.
 *  @returns fixes it, where that is still to be done */
async function goneWhile(
  directory: string,
  product: Product,
  killed: Kills,
): Promise<(() => Promise<void>) | undefined> {
  const name = dataFiles[storeNames[randomInt(storeNames.length)]!];
  const file = join(directory, name);
  const putBack = async () => {
    await rename(`${file}.away`, file);
  };
  await rename(file, `${file}.away`);
  if (randomInt(2) === 0) await copyFile(`${file}.away`, file);
  if (name === dataFiles.warehouse) await killed.moved(directory);
  await until(`the log says that ${name} is gone`, () =>
    product.output().includes(`ERROR ${name} was removed or replaced`),
  );
  await pause(Math.random() * 1_000);
  if (randomInt(2) === 0) return putBack;
  await putBack();
  await until(`the log says that ${name} is back`, () => product.output().includes(`INFO ${name} is back`));
  await pause(Math.random() * 1_000);
  return undefined;
}

/** The moment of a kill is a time, not a condition. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
