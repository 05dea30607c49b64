/** `npm run bench:google -- --cost`: what a month costs at list price, from operations that are counted while
 *  the built functions handle hits. The tables are those of docs/cost.md. */
import type { Built } from "../../test/support/google/built.ts";
import { count, requestBytesMin, type Counted } from "./count.ts";
import { prices, type Item } from "./prices.ts";

/** Not counted here, and why each is as it is. */
const assumed = {
  daySeconds: 24 * 60 * 60,
  monthDays: 30,
  /** Instances of each function that share the traffic, with concurrency as Terraform sets it. */
  instances: 1,
  /** How long a hit holds an instance, in steps of 100 ms: Pub/Sub answers a publish within tens of ms,
   *  BigQuery an append within one or two hundred. */
  collectSeconds: 0.1,
  deliverSeconds: 0.2,
  cpus: 1,
  memoryGib: 1,
  streams: 10,
  /** Of deliver's request log, an entry a push. Those of collect and admin are not stored. */
  requestLogBytes: 1_000,
  /** What the topic keeps: Terraform's default is 31 days. */
  keptMonths: 1,
  /** Of the month's own rows; those of former months go on. */
  storedMonths: 1,
};

const amounts = [10_000, 1_000_000, 100_000_000];

type Usage = Record<Item, number>;

/** What a month of so many hits uses, evenly spread and at random: the dearest way to spread them, since an
 *  instance is paid for while it waits as well. */
export function usageOf(hits: number, counted: Counted): Usage {
  const seconds = assumed.monthDays * assumed.daySeconds;
  const perSecond = hits / seconds / assumed.instances;
  const billed = (held: number) => seconds * assumed.instances * (1 - Math.exp(-perSecond * held));
  const instanceSeconds = billed(assumed.collectSeconds) + billed(assumed.deliverSeconds);
  const publishedBytes = counted.alone.publishedBytes;
  const pushedBytes = Math.max(requestBytesMin, counted.messageBytes);
  // A copy is read again after 60 s, and only when a hit asks for it.
  const reads = 2 * assumed.instances;
  const minutes = (assumed.streams * seconds) / 60;
  return {
    cpuSeconds: instanceSeconds * assumed.cpus,
    memoryGibSeconds: instanceSeconds * assumed.memoryGib,
    requests: 2 * hits,
    queueBytes: hits * (publishedBytes + pushedBytes),
    keptByteMonths: hits * counted.messageBytes * assumed.keptMonths,
    documentReads: reads * minutes * (1 - Math.exp(-hits / minutes)),
    appendedBytes: hits * counted.alone.appendedBytes,
    storedByteMonths: hits * counted.rowBytes * assumed.storedMonths,
    loggedBytes: hits * (assumed.requestLogBytes + counted.logBytes),
    egressBytes: hits * counted.answerBytes,
  };
}

function dollarsOf(item: Item, used: number, free: boolean): number {
  const price = prices[item];
  return (Math.max(0, used - (free ? price.free : 0)) / price.per) * price.dollars;
}

const names: Record<Item, string> = {
  cpuSeconds: "Cloud Run, CPU",
  memoryGibSeconds: "Cloud Run, memory",
  requests: "Cloud Run, requests",
  queueBytes: "Pub/Sub, published and pushed",
  keptByteMonths: "Pub/Sub, kept for 31 days",
  documentReads: "Firestore, reads",
  appendedBytes: "BigQuery, Storage Write",
  storedByteMonths: "BigQuery, storage",
  loggedBytes: "Cloud Logging, deliver's requests",
  egressBytes: "Internet, answers to senders",
};

/** What is assumed of the amounts; the others follow from what was counted. */
const origins: Partial<Record<Item, string>> = {
  cpuSeconds: "assumed time",
  memoryGibSeconds: "assumed time",
  documentReads: "assumed streams",
  loggedBytes: "assumed entry",
};

export async function printCost(built: Built): Promise<void> {
  const counted = await count(built);
  printCounted(counted);
  const months = amounts.map((hits) => usageOf(hits, counted));
  console.log();
  printUsage(months);
  console.log();
  printDollars(months);
  console.log();
  printPrices();
}

function printCounted(counted: Counted): void {
  const { alone, together } = counted;
  const both = (name: string, key: keyof typeof alone, digits: number): string[] => [
    name,
    alone[key].toFixed(digits),
    together[key].toFixed(digits),
  ];
  const one = (name: string, value: number): string[] => [name, value.toFixed(0), value.toFixed(0)];
  table(
    ["counted, a hit", "one at a time", "40 at once"],
    [
      both("publish requests", "publishes", 3),
      both("bytes published, as billed", "publishedBytes", 0),
      one("bytes of the message", counted.messageBytes),
      both("append requests", "appends", 3),
      both("bytes appended", "appendedBytes", 0),
      one("bytes of the row, as stored", counted.rowBytes),
      one("bytes of the answer", counted.answerBytes),
      one("bytes logged by the functions", counted.logBytes),
      both("CPU of collect, µs", "collectCpuMicros", 0),
      both("CPU of deliver, µs", "deliverCpuMicros", 0),
    ],
  );
  console.log(
    `\nFirestore: ${counted.documentReads} reads for one stream in both functions, whatever the hits (${counted.hits} to collect alone).`,
  );
}

function printUsage(months: readonly Usage[]): void {
  const rows = items().map((item) => [
    names[item],
    ...months.map((used) => used[item] / prices[item].per).map(short),
    prices[item].unit,
    origins[item] ?? "counted",
  ]);
  table(["a month of hits", ...amounts.map(big), "unit", "from"], rows);
}

function printPrices(): void {
  const rows = items().map((item) => {
    const { dollars, unit, free, per, source } = prices[item];
    const given = free === 0 ? "" : exact(free / per);
    return [names[item], `$${dollars}`, unit, given, `<${source}>`];
  });
  table(["price", "dollars", "for", "free a month", "source"], rows);
}

function printDollars(months: readonly Usage[]): void {
  const row = (name: string, of: (used: Usage) => number) => [
    name,
    ...months.map((used) => `$${of(used).toFixed(2)}`),
  ];
  const sum = (free: boolean) => (used: Usage) =>
    items().reduce((all, item) => all + dollarsOf(item, used[item], free), 0);
  table(
    ["dollars a month", ...amounts.map(big)],
    [
      ...items().map((item) => row(names[item], (used) => dollarsOf(item, used[item], false))),
      row("**list price**", sum(false)),
      row("**after the free tiers**", sum(true)),
    ],
  );
}

const items = () => Object.keys(prices) as Item[];
const big = (value: number) => value.toLocaleString("en");
const short = (value: number) => value.toLocaleString("en", { maximumSignificantDigits: 3 });

const exact = (value: number) => value.toLocaleString("en", { maximumSignificantDigits: 4 });

function table(head: readonly string[], rows: readonly string[][]): void {
  const widths = head.map((cell, index) => Math.max(cell.length, ...rows.map((row) => row[index]!.length)));
  const line = (cells: readonly string[]) =>
    console.log(
      `| ${cells.map((cell, index) => (index === 0 ? cell.padEnd(widths[index]!) : cell.padStart(widths[index]!))).join(" | ")} |`,
    );
  line(head);
  line(widths.map((width, index) => (index === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)));
  for (const row of rows) line(row);
}
