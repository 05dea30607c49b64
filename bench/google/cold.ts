import { freePort } from "../../infra/emulated/emulators.ts";
import type { Built } from "../../test/support/google/built.ts";
import { clientSettings, settingsOf, startEmulators } from "./collect.ts";
import type { Emulators } from "./collect.ts";
import { openFarSide } from "./far-side.ts";
import { cpuMsOf, firstHit, rssMibOf, startDocumented } from "./process.ts";
import { median, printer } from "../table.ts";

/** From the start of the process to the first 2xx: what a sender waits for where no instance is there,
 *  besides the platform's own part, which is the same for both. */
interface Measured {
  readonly ms: number;
  readonly cpuMs: number;
  readonly rssMib: number;
}

type Start = (
  emulators: Emulators,
  topic: string,
) => Promise<{ measured: Measured; stop(): Promise<unknown> }>;

export async function benchCold(built: Built, rounds: number): Promise<void> {
  const starts: [string, Start][] = [
    ["afterclick, as deployed", (emulators, topic) => startOurs(built, emulators, topic)],
    ["functions-framework, documented", startTheirs],
  ];
  const results = starts.map((): Measured[] => []);
  const emulators = await startEmulators();
  try {
    const { topic } = await openFarSide(emulators.pubsub, "cold");
    // One more than counts: the first one reads the files from the disk.
    for (let round = 0; round <= rounds; round++)
      for (const [index, [, start]] of starts.entries()) {
        const { measured, stop } = await start(emulators, topic);
        await stop();
        if (round > 0) results[index]!.push(measured);
      }
  } finally {
    await emulators.stop();
  }
  const line = printer([32, 10, 10, 10, 8, 9]);
  line(["cold start", "median ms", "least ms", "most ms", "CPU ms", "RSS MiB"]);
  for (const [index, [name]] of starts.entries()) {
    const of = (key: keyof Measured) => results[index]!.map((one) => one[key]);
    const ms = of("ms");
    const cells = [median(ms), Math.min(...ms), Math.max(...ms)];
    const others = [median(of("cpuMs")), median(of("rssMib"))];
    line([name, ...[...cells, ...others].map((cell) => cell.toFixed(0))]);
  }
}

async function startOurs(built: Built, emulators: Emulators, topic: string): ReturnType<Start> {
  const port = await freePort();
  const from = performance.now();
  const starting = built.run(settingsOf(emulators, topic), port);
  const [instance] = await Promise.all([starting, firstHit(port)]);
  const measured = taken(from, instance.pid);
  return { measured, stop: () => instance.end() };
}

async function startTheirs(emulators: Emulators, topic: string): ReturnType<Start> {
  const port = await freePort();
  const from = performance.now();
  const { pid, stop } = startDocumented(port, clientSettings(emulators, topic));
  await firstHit(port);
  return { measured: taken(from, pid), stop };
}

function taken(from: number, pid: number): Measured {
  return {
    ms: performance.now() - from,
    cpuMs: cpuMsOf(pid),
    rssMib: rssMibOf(pid),
  };
}
