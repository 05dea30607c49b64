import { counted } from "../../counted.ts";
import { nearest } from "../../nearest.ts";
import type { Condition, Value } from "../../warehouse.ts";
import { importTable } from "../tables.ts";
import type { LinkPorts } from "./refresh.ts";
import { linkReasons, type LinkReason } from "./settings.ts";

/** How many events of an import are linked, and why the others are not. */
export interface LinkReport {
  readonly events: number;
  readonly linked: number;
  readonly waiting: number;
  readonly unlinked: number;
  /** By day, the newest first; by event; by what `reference_ev` says. */
  readonly by_date: readonly Share[];
  readonly by_ev: readonly Share[];
  readonly by_reference_ev: readonly Share[];
  readonly reasons: readonly Unlinked[];
  /** Of the names that `reference_ev` says: which share of these web events can never be linked. */
  readonly web_events: readonly { ev: string; events: number; without_id: number }[];
}

export interface Share {
  readonly name: string;
  readonly events: number;
  readonly linked: number;
}

export interface Unlinked {
  readonly reason: LinkReason;
  readonly events: number;
  /** A few of them, the newest first. */
  readonly examples: readonly Example[];
}

export interface Example {
  readonly date: string;
  readonly ev: string;
  readonly reference_ev: string;
  readonly reference_id: string;
  readonly says: string;
}

const examplesMax = 5;
/** Days by events by lists of names. Past it the newest are told. */
const groupsMax = 10_000;
const namesMax = 1_000;

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
  const sum = (column: string, of = groups) => of.reduce((total, row) => total + Number(row[column]), 0);
  const by = (column: string): Share[] => {
    const names = Map.groupBy(groups, (row) => String(row[column]));
    return [...names].map(([name, of]) => ({ name, events: sum("events", of), linked: sum("linked", of) }));
  };
  const reasons: Unlinked[] = [];
  for (const reason of linkReasons) {
    const events = sum(reason);
    if (events === 0) continue;
    const rows = await warehouse.select({
      from: importTable(dataset, "backend_events_linked"),
      columns: ["date", "ev", "reference_evs", "reference_id", "days_between", "suggestion"],
      where: [...where, { column: "reason", is: "=", value: reason }],
      orderBy: [{ column: "date", descending: true }, { column: "event_id" }],
      limit: examplesMax,
    });
    const known = web_events.map(({ ev }) => ev);
    reasons.push({ reason, events, examples: rows.map((row) => exampleOf(reason, row, known)) });
  }
  const listed = new Set(by("reference_ev").flatMap(({ name }) => name.split(",")));
  return {
    events: sum("events"),
    linked: sum("linked"),
    waiting: sum("waiting"),
    unlinked: sum("unlinked"),
    by_date: by("date"),
    by_ev: by("ev"),
    by_reference_ev: by("reference_ev"),
    reasons,
    web_events: web_events.filter(({ ev }) => listed.has(ev)),
  };
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

/** @param known names of web events */
function exampleOf(reason: LinkReason, row: Record<string, Value>, known: readonly string[]): Example {
  const [date, ev, reference_ev, reference_id] = ["date", "ev", "reference_evs", "reference_id"].map((name) =>
    String(row[name]),
  ) as [string, string, string, string];
  const days = Math.abs(Number(row["days_between"]));
  const suggestion = String(row["suggestion"]);
  const says: Record<LinkReason, () => string> = {
    web_data_pending: () => `Waiting for the web data of ${date}.`,
    event_name_unknown: () => unknownName(reference_ev.split(","), known),
    too_old: () => `The web event is ${counted(days, "day")} older.`,
    after_event_only: () => `The web event came ${counted(days, "day")} after it.`,
    too_late: () => `The web event came ${counted(days, "day")} after it.`,
    id_other_event: () => `${reference_id} is there as ${suggestion}, which is not in the list.`,
    id_near: () => `Found ${suggestion}; yours is ${reference_id}. They must be equal.`,
    id_unknown: () => "No web event has this id.",
  };
  return { date, ev, reference_ev, reference_id, says: says[reason]() };
}

function unknownName(names: readonly string[], known: readonly string[]): string {
  const said = names.map((name) => {
    const meant = nearest(name, known);
    return `No web event is called ${name}.${meant === undefined ? "" : ` Did you mean ${meant}?`}`;
  });
  return said.join(" ");
}
