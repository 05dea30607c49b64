import { linkReasons } from "../../functions/import/links/settings.ts";
import { webEventDays } from "../../functions/import/links/tables.ts";
import type { Column, TableSpec, Value, Warehouse } from "../../functions/warehouse.ts";

/** What the views of links show, as if events had been linked: a warehouse in memory has no views. */
const texts = (...names: string[]): Column[] =>
  names.map((name) => ({ name, type: "STRING", description: name }));
const numbers = (...names: string[]): Column[] =>
  names.map((name) => ({ name, type: "INT64", description: name }));
const kept = { partitionBy: "date", clusterBy: ["import_id"] } as const;
const date: Column = { name: "date", type: "DATE", description: "date" };

const report: TableSpec = {
  ...kept,
  description: "link_report",
  columns: [
    ...texts("import_id", "ev", "reference_ev", "value", "linked_value"),
    date,
    ...numbers("events", "linked", "waiting", "unlinked", "several", ...linkReasons),
  ],
};
const linked: TableSpec = {
  ...kept,
  description: "backend_events_linked",
  columns: [
    ...texts("import_id", "event_id", "ev", "reference_evs", "reference_id", "value", "state", "reason"),
    ...texts("matched_ev", "web_event_id", "suggestion"),
    date,
    ...numbers("web_event_time", "days_between", "candidate_count"),
  ],
};

const usual: Record<string, Value> = { import_id: "crm", ev: "deal", date: "2026-11-26", value: "0" };

/** @param rows.report a row a day, event and list of names; `rows.events` each event by itself */
export async function putLinks(
  warehouse: Warehouse,
  rows: Partial<Record<"report" | "events" | "web", readonly Record<string, Value>[]>>,
): Promise<void> {
  const tables = [
    ["link_report", report, rows.report],
    ["backend_events_linked", linked, rows.events],
    ["web_event_days", webEventDays, rows.web],
  ] as const;
  for (const [name, spec, some = []] of tables) {
    const table = { dataset: "afterclick", table: name };
    await warehouse.createTable(table, spec);
    const none = (type: string) => (type === "INT64" && spec !== linked ? 0 : null);
    const values = some.map((row) =>
      spec.columns.map((column) => row[column.name] ?? usual[column.name] ?? none(column.type)),
    );
    if (values.length > 0) await warehouse.append(table, spec.columns, values, { deadlineMs: 60_000 });
  }
}
