import { parseArgs } from "node:util";
import { kinds, live } from "../test/health/traffic.ts";
import { hourMs } from "../functions/health/clock.ts";
import { printer } from "./table.ts";

/** What the badges say of generated years: false alarms by stream and quarter, and how long a planted silence
 *  goes unnoticed. `node bench/health.ts --years 4` */

const { values } = parseArgs({
  options: { years: { type: "string", default: "2" }, kind: { type: "string", default: "" } },
});
const years = Number(values.years);
const days = 28 + 4 * 91;

const print = printer([42, 9, 7, 26, 9, 9, 11, 11, 11, 9]);
print([
  "stream",
  "quarters",
  "worst",
  "false alarms, all",
  "silences",
  "in time",
  "line, h",
  "usual p95",
  "wall p95",
  "message",
]);
for (const kind of kinds.filter(({ name }) => name.includes(values.kind))) {
  const quiet = [];
  const silences = [];
  for (let seed = 1; seed <= years; seed += 1) {
    quiet.push(live(kind, { seed, days, silences: false }));
    silences.push(...live(kind, { seed: seed + 1_000, days, silences: true }).silences);
  }
  const worst = Math.max(0, ...quiet.flatMap(({ falseAlarms }) => falseAlarms.map((one) => one ?? 0)));
  const badges: Record<string, number> = {};
  for (const { falseBadges } of quiet)
    for (const [badge, count] of Object.entries(falseBadges)) badges[badge] = (badges[badge] ?? 0) + count;
  const inTime = silences.filter(({ usualMs, silentMs }) => usualMs <= silentMs + 5 * 60_000).length;
  const hours = (of: readonly number[]) => (percentile(of, 95) / hourMs).toFixed(1);
  print([
    kind.name,
    years * 4,
    worst,
    Object.entries(badges)
      .map(([badge, count]) => `${badge} ${count}`)
      .join(", ") || "0",
    silences.length,
    inTime,
    (
      percentile(
        silences.map(({ silentMs }) => silentMs),
        50,
      ) / hourMs
    ).toFixed(1),
    hours(silences.map(({ usualMs }) => usualMs)),
    hours(silences.map(({ wallMs }) => wallMs)),
    `${Math.max(0, ...silences.map(({ messageMs }) => messageMs / 60_000))} min`,
  ]);
}

function percentile(numbers: readonly number[], percent: number): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0;
}
