/** `npx node test/budget/search-run.ts [--rounds 60] [--only PATTERN] [--write]`: looks for the inputs that
 *  cost most, for each subject by hill climbing: units of its tokens, drawn, joined, cut and changed;
 *  whatever costs more CPU than the best one so far takes its place. --write puts them into worst.json, where
 *  budget.test.ts reads them; what is there already is where the climb begins. */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { allSubjects } from "./subjects.ts";
import type { Subject, Worst } from "./subject.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "60" },
    only: { type: "string", default: "" },
    seed: { type: "string", default: "1" },
    write: { type: "boolean", default: false },
  },
});
const file = new URL("./worst.json", import.meta.url);
const known = read();
const subjects = (await allSubjects()).map(({ subject }) => subject);
const unitBytesMax = 4_096;

/** mulberry32: the same seed draws the same units. */
let state = Number(values.seed);
function random(): number {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
}
const below = (count: number) => Math.floor(random() * count);

function drawn(tokens: readonly string[]): string {
  // Short units and long ones alike: 1, 2, 4 … 64 tokens.
  return Array.from({ length: 2 ** below(7) }, () => tokens[below(tokens.length)]!).join("");
}

function changed(unit: string, tokens: readonly string[]): string {
  const at = below(unit.length + 1);
  switch (below(4)) {
    case 0:
      return unit.slice(0, at) + tokens[below(tokens.length)]! + unit.slice(at);
    case 1:
      return unit.slice(0, at) + unit.slice(at + 1 + below(8));
    case 2:
      return unit + unit;
    default:
      return unit.slice(0, at) + tokens[below(tokens.length)]! + unit.slice(at + 1);
  }
}

async function costOf(subject: Subject, unit: string): Promise<number> {
  let least = Infinity;
  try {
    const body = await subject.make(Buffer.from(unit, "latin1"), subject.bytesMax);
    for (let round = 0; round < 2; round++) {
      const before = process.cpuUsage();
      await subject.run(body);
      const { user, system } = process.cpuUsage(before);
      least = Math.min(least, (user + system) / 1000);
    }
  } catch {
    return 0; // the tokens make nothing that can be encoded
  }
  return least;
}

async function climb(subject: Subject): Promise<Worst & { ms: number }> {
  let best = known.find(({ subject: name }) => name === subject.name)?.unit ?? subject.tokens[0]!;
  let most = await costOf(subject, best);
  for (const token of subject.tokens) await look(token);
  for (let round = 0; round < Number(values.rounds); round++)
    await look(round % 3 === 0 ? drawn(subject.tokens) : changed(best, subject.tokens));
  async function look(unit: string): Promise<void> {
    if (unit === "" || unit.length > unitBytesMax) return;
    const cost = await costOf(subject, unit);
    if (cost <= most * 1.02) return; // no more than chance
    most = cost;
    best = unit;
  }
  return { subject: subject.name, unit: best, ms: most };
}

/** After each subject: a search that is ended keeps what it has found. */
function keep(worst: Worst): void {
  const all = [...read().filter(({ subject }) => subject !== worst.subject), worst];
  const order = subjects.map(({ name }) => name);
  all.sort((one, other) => order.indexOf(one.subject) - order.indexOf(other.subject));
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
}

function read(): Worst[] {
  return JSON.parse(readFileSync(file, "utf8")) as Worst[];
}

for (const subject of subjects.filter(({ name }) => new RegExp(values.only).test(name))) {
  const { ms, ...worst } = await climb(subject);
  await subject.end?.();
  if (values.write) keep(worst);
  console.log(`${ms.toFixed(0).padStart(5)} ms  ${subject.name}: ${JSON.stringify(worst.unit.slice(0, 60))}`);
}
