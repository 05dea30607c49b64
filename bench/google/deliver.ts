import type { Built } from "../../test/support/google/built.ts";
import { load } from "../child.ts";
import type { Order } from "../load.ts";
import { cpuMsOf } from "./process.ts";
import { makePushes, makeStreams } from "./pushes.ts";
import { median, printer } from "../table.ts";
import { startFakes, type Fakes } from "./warehouse.ts";

/** From the push to the row: deliver as it is deployed, on a warehouse that counts. */
export interface DeliverOptions {
  readonly built: Built;
  readonly tables: readonly number[];
  /** Pushes under way at once. */
  readonly pushes: readonly number[];
  readonly msMax: number;
  readonly rounds: number;
}

interface Measured {
  readonly rowsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMicros: number;
  readonly rowsPerAppend: number;
}

interface Case {
  readonly tables: number;
  readonly bodies: Order["bodies"];
}

export async function benchDeliver(options: DeliverOptions): Promise<void> {
  const fakes = await startFakes();
  const instance = await options.built.run(fakes.settings);
  const at = { port: Number(new URL(instance.url).port), pid: instance.pid };
  try {
    await compare(fakes, at, options);
  } finally {
    await instance.end("SIGTERM");
    await fakes.close();
  }
}

interface At {
  readonly port: number;
  readonly pid: number;
}

async function compare(
  fakes: Fakes,
  at: At,
  { tables, pushes, msMax, rounds }: DeliverOptions,
): Promise<void> {
  const line = printer([16, 7, 9, 8, 8, 9, 12]);
  line(["deliver, tables", "pushes", "rows/s", "p50 ms", "p99 ms", "µs/row", "rows/append"]);
  const cases: Case[] = tables.map((count) => ({
    tables: count,
    bodies: makePushes(makeStreams(count)),
  }));
  // Tables and views are made by the first hits.
  for (const { bodies } of cases) await measure(fakes, at, order(at, bodies, 64, 2_000));
  for (const open of pushes) {
    const results = new Map<Case, Measured[]>();
    for (let round = 0; round < rounds; round++)
      for (const one of cases) {
        const given = order(at, one.bodies, open, msMax);
        const measured = await measure(fakes, at, given);
        results.set(one, [...(results.get(one) ?? []), measured]);
      }
    for (const [{ tables: count }, all] of results) {
      const of = (key: keyof Measured) => median(all.map((one) => one[key]));
      const cells = [of("p50Ms"), of("p99Ms"), of("cpuMicros")];
      line([
        count,
        open,
        Math.round(of("rowsPerSecond")),
        ...cells.map((cell) => cell.toFixed(1)),
        of("rowsPerAppend").toFixed(1),
      ]);
    }
  }
}

/** What was acked is a row, or there is no result. */
async function measure(fakes: Fakes, { pid }: At, given: Order): Promise<Measured> {
  fakes.forget();
  const before = cpuMsOf(pid);
  const result = await load(given);
  const cpuMicros = (cpuMsOf(pid) - before) * 1_000;
  if (result.refused + result.broken > 0)
    throw new Error(`${result.refused} refused, ${result.broken} broken.`);
  const rows = fakes.rows();
  if (rows < result.ok) throw new Error(`${result.ok} hits were acked and only ${rows} are rows.`);
  return {
    rowsPerSecond: result.ok / (result.ms / 1_000),
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    cpuMicros: cpuMicros / result.ok,
    rowsPerAppend: rows / fakes.storage.requests.length,
  };
}

const order = ({ port }: At, bodies: Order["bodies"], open: number, msMax: number): Order => ({
  port,
  connections: open,
  requestsMax: Number.MAX_SAFE_INTEGER,
  msMax,
  paths: ["/"],
  bodies,
});
