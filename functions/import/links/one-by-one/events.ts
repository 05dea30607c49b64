import { csvLine } from "../../../csv.ts";
import type { Condition, Value } from "../../../warehouse.ts";
import { importTable } from "../../tables.ts";
import type { LinkPorts } from "../refresh.ts";
import type { LinkReason } from "../settings.ts";

/** Events one by one, each with its web event beside it, or why there is none. */

export const linkStates = ["linked", "waiting", "unlinked"] as const;
export type LinkState = (typeof linkStates)[number];

export interface LinkedEvent {
  readonly event_id: string;
  readonly date: string;
  readonly ev: string;
  readonly reference_ev: string;
  readonly reference_id: string;
  /** A decimal as text. */
  readonly value?: string;
  readonly state: LinkState;
  readonly reason?: LinkReason;
  /** The name of its web event. */
  readonly matched_ev?: string;
  readonly web_event_id?: string;
  /** ISO 8601, in UTC. */
  readonly web_event_time?: string;
  readonly days_between?: number;
  readonly candidate_count?: number;
  readonly suggestion?: string;
}

export interface WhichEvents {
  readonly importId: string;
  /** Dates of the events. */
  readonly first: string;
  readonly last: string;
  readonly state?: LinkState;
  readonly reason?: LinkReason;
}

const columns = [
  "event_id",
  "date",
  "ev",
  "reference_evs",
  "reference_id",
  "value",
  "state",
  "reason",
  "matched_ev",
  "web_event_id",
  "web_event_time",
  "days_between",
  "candidate_count",
  "suggestion",
];

/** The newest first. @throws table_missing where nothing was ever linked, warehouse_down */
export async function listLinked(
  ports: LinkPorts,
  which: WhichEvents,
  { limit, offset }: { limit: number; offset: number },
): Promise<LinkedEvent[]> {
  const rows = await ports.warehouse.select({
    from: importTable(ports.dataset, "backend_events_linked"),
    columns,
    where: conditionsOf(which),
    orderBy: [{ column: "date", descending: true }, { column: "event_id" }],
    limit,
    offset,
  });
  return rows.map(eventOf);
}

const rowsAtOnce = 5_000;
const daysMax = 100_000;

/** All of them as CSV, the newest day first. @throws as `listLinked` */
export async function linkedCsv(ports: LinkPorts, which: WhichEvents): Promise<AsyncIterable<string>> {
  const from = importTable(ports.dataset, "backend_events_linked");
  const where = conditionsOf(which);
  const days = await ports.warehouse.select({
    from,
    columns: ["date"],
    measures: { events: { is: "count" } },
    where,
    orderBy: [{ column: "date", descending: true }],
    limit: daysMax,
  });

  async function* lines(): AsyncGenerator<string> {
    yield csvLine(csvColumns, { excel: false });
    for (const { date } of days) {
      const ofDay = [...where, { column: "date", is: "=", value: String(date) } as const];
      for (let last = ""; ;) {
        const rows = await ports.warehouse.select({
          from,
          columns,
          where: last === "" ? ofDay : [...ofDay, { column: "event_id", is: ">=", value: last }],
          orderBy: [{ column: "event_id" }],
          limit: rowsAtOnce,
        });
        // The last one of those before comes again.
        for (const event of rows.map(eventOf))
          if (event.event_id !== last)
            yield csvLine(
              csvColumns.map((name) => event[name]),
              { excel: false },
            );
        if (rows.length < rowsAtOnce) break;
        last = String(rows.at(-1)!["event_id"]);
      }
    }
  }
  return lines();
}

function conditionsOf({ importId, first, last, state, reason }: WhichEvents): Condition[] {
  return [
    { column: "import_id", is: "=", value: importId },
    { column: "date", is: ">=", value: first },
    { column: "date", is: "<=", value: last },
    ...(state === undefined ? [] : [{ column: "state", is: "=", value: state } as const]),
    ...(reason === undefined ? [] : [{ column: "reason", is: "=", value: reason } as const]),
  ];
}

const shown = (column: string) => (column === "reference_evs" ? "reference_ev" : column);
const csvColumns = columns.map(shown) as (keyof LinkedEvent)[];

function eventOf(row: Readonly<Record<string, Value>>): LinkedEvent {
  const known = columns.flatMap((column) => {
    const value = row[column] ?? null;
    if (value === null) return [];
    // Microseconds, of which a date has no more than thousands.
    const told = column === "web_event_time" ? new Date(Number(value) / 1000).toISOString() : value;
    return [[shown(column), told]];
  });
  return Object.fromEntries(known) as unknown as LinkedEvent;
}
