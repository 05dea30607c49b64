/** Measures one input in a process of its own, so that its memory is its alone:
 *  `node test/budget/measure.ts`, with an Order as JSON on standard input, prints a Measured as JSON. */
import { readFileSync, writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { text } from "node:stream/consumers";
import { gzipSync, gunzipSync } from "node:zlib";
import { rooms, type Room } from "./subjects.ts";
import type { Answer, Worst } from "./subject.ts";

export interface Measured {
  readonly answer: Answer;
  readonly sentBytes: number;
  /** CPU of all threads. */
  readonly cpuMs: number;
  /** The longest that the main thread worked in one turn of the event loop, in CPU: what else
   *  runs here does not count. */
  readonly blockedMs: number;
  /** The longest delay of the event loop, in time: for the reader. */
  readonly delayMs: number;
  /** Resident memory at its peak, beyond what was there before, the input included. */
  readonly peakBytes: number;
  /** CPU of a fixed piece of work, just before and after. */
  readonly yardstickMs: number;
}

export interface Order extends Worst {
  readonly room: Room;
}

async function measure({ room, subject: name, unit }: Order): Promise<Measured> {
  const subject = (await rooms[room]()).find((one) => one.name === name)!;
  const bytes = Buffer.from(unit, "latin1");
  await subject.run(await subject.make(bytes, 2_000)); // loads what it needs
  const body = await subject.make(bytes, subject.bytesMax);
  try {
    return await measureWork(() => subject.run(body), body.length);
  } finally {
    await subject.end?.();
  }
}

/** Twice: once for what it takes, once for how long it holds the event loop, since looking
 *  at that costs by itself. */
export async function measureWork(run: () => Promise<Answer>, sentBytes: number): Promise<Measured> {
  yardstick();
  const yardsticks = [yardstick()];
  // What is free already would be filled first, and not be seen.
  for (let round = 0; round < 2; round++) (globalThis as { gc?: () => void }).gc?.();
  // What was sent is there already; it counts as well.
  const peakBefore = resetPeak() - sentBytes;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const before = process.cpuUsage();
  const answer = await run();
  const { user, system } = process.cpuUsage(before);
  delay.disable();
  const peakBytes = peak() - peakBefore;
  yardsticks.push(yardstick());
  return {
    answer,
    sentBytes,
    cpuMs: (user + system) / 1000,
    blockedMs: await longestTurn(run),
    delayMs: delay.max / 1e6,
    peakBytes,
    yardstickMs: Math.min(...yardsticks),
  };
}

async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = ownMs();
  let done = false;
  const look = () => {
    const now = ownMs();
    longest = Math.max(longest, now - last);
    last = ownMs();
    if (!done) setImmediate(look);
  };
  setImmediate(look);
  await work();
  look();
  done = true;
  return longest;
}

function ownMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

const page = JSON.stringify(
  Array.from({ length: 4_000 }, (_, index) => ({ id: index, name: `n${index}`, total: index / 7 })),
);
const packed = gzipSync(page.repeat(16));

/** Parsing, writing and inflating, in JavaScript and beneath it. */
function yardstick(): number {
  const before = ownMs();
  for (let round = 0; round < 4; round++) {
    gunzipSync(packed);
    if (JSON.stringify(JSON.parse(page)) !== page) throw new Error("The yardstick is bent.");
  }
  return ownMs() - before;
}

/** Linux forgets the peak on request; elsewhere it is the highest ever. @returns what is resident now */
function resetPeak(): number {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
    return peak();
  } catch {
    return process.memoryUsage.rss();
  }
}

function peak(): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))![1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}

if (process.argv[1]?.endsWith("measure.ts") === true)
  console.log(JSON.stringify(await measure(JSON.parse(await text(process.stdin)) as Order)));
