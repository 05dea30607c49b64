import type { Condition, Value } from "../../warehouse.ts";
import { importTable } from "../tables.ts";
import { exampleColumns, exampleOf, type Example } from "./one-by-one/examples.ts";
import type { LinkPorts } from "./refresh.ts";
import type { LinkRun } from "./automatic/runs.ts";
import { linkReasons, type LinkReason } from "./settings.ts";

/** How many events of an import are linked, and why the others are not. */
export interface LinkReport extends Counts {
  /** By day, the newest first; by event; by what `reference_ev` says. */
  readonly by_date: readonly Share[];
  readonly by_ev: readonly Share[];
  readonly by_reference_ev: readonly Share[];
  readonly reasons: readonly Unlinked[];
  /** Of those that are linked, by days from the web event to the event; less than 0: it came after. */
  readonly days_between: readonly { days: number; events: number }[];
  /** Of the names that `reference_ev` says: which share of these web events can never be linked. */
  readonly web_events: readonly { ev: string; events: number; without_id: number }[];
  /** How linking by itself ended last; left out before the first time. */
  readonly last_run?: LinkRun;
}

export interface Counts {
  readonly events: number;
  readonly linked: number;
  /** Its web event may still come: no failure yet. */
  readonly waiting: number;
  readonly unlinked: number;
  /** Of those that are linked: more than one web event could have been it. */
  readonly several: number;
  /** Sums, exact, as text. */
  readonly value: string;
  readonly linked_value: string;
}

export interface Share extends Counts {
  readonly name: string;
}

export interface Unlinked {
  readonly reason: LinkReason;
  readonly events: number;
  /** A few of them, the newest first. */
  readonly examples: readonly Example[];
}

type Group = Readonly<Record<string, Value>>;

const examplesMax = 5;
/** Days by events by lists of names. Past it the newest are told. */
const groupsMax = 10_000;
const namesMax = 1_000;
/** As many days as look-back and what may come after reach at most, and none. */
const betweenMax = 20_001;

/** @param asked.source of the web events; all where left out. `first`, `last`: dates of the events */
export async function linkReport(
  ports: LinkPorts,
  { importId, source, first, last }: { importId: string; source?: string; first: string; last: string },
): Promise<LinkReport> {
  const { warehouse, dataset } = ports;
  const where: Condition[] = [
    { column: "import_id", is: "=", value: importId },
    { column: "date", is: ">=", value: first },
    { column: "date", is: "<=", value: last },
  ];
  const groups = await warehouse.select({
    from: importTable(dataset, "link_report"),
    where,
    orderBy: [{ column: "date", descending: true }],
    limit: groupsMax,
  });
  const web_events = await webNames(ports, source);
  const by = (column: string): Share[] =>
    [...Map.groupBy(groups, (row) => String(row[column]))].map(([name, of]) => ({ name, ...countsOf(of) }));
  const reasons: Unlinked[] = [];
  for (const reason of linkReasons) {
    const events = sum(groups, reason);
    if (events === 0) continue;
    const rows = await warehouse.select({
      from: importTable(dataset, "backend_events_linked"),
      columns: exampleColumns,
      where: [...where, { column: "reason", is: "=", value: reason }],
      orderBy: [{ column: "date", descending: true }, { column: "event_id" }],
      limit: examplesMax,
    });
    const known = web_events.map(({ ev }) => ev);
    reasons.push({ reason, events, examples: rows.map((row) => exampleOf(reason, row, known)) });
  }
  const listed = new Set(by("reference_ev").flatMap(({ name }) => name.split(",")));
  return {
    ...countsOf(groups),
    by_date: by("date"),
    by_ev: by("ev"),
    by_reference_ev: by("reference_ev"),
    reasons,
    days_between: await daysBetween(ports, where),
    web_events: web_events.filter(({ ev }) => listed.has(ev)),
  };
}

const sum = (groups: readonly Group[], column: string): number =>
  groups.reduce((total, row) => total + Number(row[column]), 0);

function countsOf(groups: readonly Group[]): Counts {
  return {
    events: sum(groups, "events"),
    linked: sum(groups, "linked"),
    waiting: sum(groups, "waiting"),
    unlinked: sum(groups, "unlinked"),
    several: sum(groups, "several"),
    value: sumOfDecimals(groups, "value"),
    linked_value: sumOfDecimals(groups, "linked_value"),
  };
}

/** Money: doubles would lose its cents. */
function sumOfDecimals(groups: readonly Group[], column: string): string {
  let billionths = 0n;
  for (const row of groups) {
    const [, minus, whole, decimals = ""] = /^(-?)(\d+)(?:\.(\d{1,9}))?$/.exec(String(row[column])) ?? [];
    if (whole !== undefined) billionths += BigInt(`${minus}${whole}${decimals.padEnd(9, "0")}`);
  }
  const digits = String(billionths < 0n ? -billionths : billionths).padStart(10, "0");
  const decimals = digits.slice(-9).replace(/0+$/, "");
  return `${billionths < 0n ? "-" : ""}${digits.slice(0, -9)}${decimals === "" ? "" : `.${decimals}`}`;
}

async function daysBetween(
  { warehouse, dataset }: LinkPorts,
  where: readonly Condition[],
): Promise<LinkReport["days_between"]> {
  const rows = await warehouse.select({
    from: importTable(dataset, "backend_events_linked"),
    columns: ["days_between"],
    measures: { events: { is: "count" } },
    where: [...where, { column: "state", is: "=", value: "linked" }],
    orderBy: [{ column: "days_between" }],
    limit: betweenMax,
  });
  return rows.map(({ days_between, events }) => ({ days: Number(days_between), events: Number(events) }));
}

async function webNames(
  { warehouse, dataset }: LinkPorts,
  source: string | undefined,
): Promise<LinkReport["web_events"]> {
  const rows = await warehouse.select({
    from: importTable(dataset, "web_event_days"),
    columns: ["ev"],
    measures: { events: { is: "sum", column: "events" }, without_id: { is: "sum", column: "without_id" } },
    where: source === undefined ? [] : [{ column: "source", is: "=", value: source }],
    orderBy: [{ column: "ev" }],
    limit: namesMax,
  });
  return rows.map(({ ev, events, without_id }) => ({
    ev: String(ev),
    events: Number(events),
    without_id: Number(without_id),
  }));
}
