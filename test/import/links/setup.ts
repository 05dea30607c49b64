import { readFileSync } from "node:fs";
import { importTable, backendEventFiles, backendEvents } from "../../../functions/import/tables.ts";
import { makeLinkTables } from "../../../functions/import/links/link.ts";
import type { LinkPorts } from "../../../functions/import/links/refresh.ts";
import { usualLinkSettings, type LinkSettings } from "../../../functions/import/links/settings.ts";
import type { WebEvents } from "../../../functions/import/links/web-events.ts";
import type { Column, Row, TableSpec, Value, Warehouse } from "../../../functions/warehouse.ts";
import type { TableRef } from "../../../functions/table.ts";

/** A ground with the tables of links, and a table of web events as a customer has one. */

export interface WebEvent {
  readonly web_event_id: string;
  readonly ev: string;
  readonly transaction_id: string;
  /** ISO 8601. */
  readonly event_time: string;
}

export interface BackendEvent {
  readonly event_id: string;
  readonly date: string;
  readonly ev: string;
  readonly reference_ev: readonly string[];
  readonly reference_id: string;
  readonly value?: string | null;
}

export const settings: LinkSettings = { ...usualLinkSettings, zone: "Europe/Amsterdam" };
export const morning = Date.parse("2026-11-21T08:00:00Z");

const column = (name: string, type: Column["type"]): Column => ({ name, type, description: name });
const webSpec: TableSpec = {
  description: "Web events of a customer",
  columns: [
    column("web_event_id", "STRING"),
    column("ev", "STRING"),
    column("transaction_id", "STRING"),
    column("event_time", "STRING"),
    column("day", "DATE"),
  ],
  partitionBy: "day",
  clusterBy: ["ev"],
};

const appendRowsMax = 10_000;
const deadlineMs = 120_000;

export interface Ground {
  readonly ports: LinkPorts;
  readonly web: WebEvents & { readonly table: TableRef };
  addWeb(events: readonly WebEvent[]): Promise<void>;
  /** As an import does: the events, and which file holds them. */
  addEvents(events: readonly BackendEvent[], importId?: string): Promise<void>;
  /** Of each event of an import, by its id, these columns of backend_events_linked. */
  links(columns: readonly string[], importId?: string): Promise<Map<string, Record<string, Value>>>;
}

export async function openGround(
  warehouse: Warehouse,
  dataset: string,
  now: () => number = () => morning,
): Promise<Ground> {
  const ports: LinkPorts = { warehouse, dataset, now };
  await makeLinkTables(ports);
  const table: TableRef = { dataset, table: "site_events" };
  await warehouse.createTable(table, webSpec);
  const append = async (to: TableRef, spec: TableSpec, rows: readonly Row[]) => {
    for (let from = 0; from < rows.length; from += appendRowsMax)
      await warehouse.append(to, spec.columns, rows.slice(from, from + appendRowsMax), { deadlineMs });
  };
  return {
    ports,
    web: {
      source: "site",
      table,
      ev: { column: "ev" },
      transaction_id: { column: "transaction_id" },
      time: { column: "event_time" },
      time_unit: "timestamp",
      web_event_id: [{ column: "web_event_id" }],
      day: "day",
    },
    addWeb: (events) =>
      append(
        table,
        webSpec,
        events.map(({ web_event_id, ev, transaction_id, event_time }) => [
          web_event_id,
          ev,
          transaction_id,
          event_time,
          event_time.slice(0, 10),
        ]),
      ),
    async addEvents(events, importId = "crm") {
      const held = events.map((event, index) => {
        const values: Record<string, Value> = {
          ...event,
          reference_ev: JSON.stringify(event.reference_ev),
          value: event.value ?? null,
          import_id: importId,
          source: "upload",
          file_id: `${importId}-file`,
          row_no: index + 1,
          received_at: 1,
          imported_at: 1,
          version: 1,
          current: true,
        };
        return (spec: TableSpec): Row => spec.columns.map(({ name }) => values[name] ?? null);
      });
      const rows = (spec: TableSpec) => held.map((row) => row(spec));
      await append(importTable(dataset, "backend_events"), backendEvents, rows(backendEvents));
      await append(importTable(dataset, "backend_event_files"), backendEventFiles, rows(backendEventFiles));
    },
    async links(columns, importId = "crm") {
      const rows = await warehouse.select({
        from: importTable(dataset, "backend_events_linked"),
        columns: ["event_id", ...columns],
        where: [{ column: "import_id", is: "=", value: importId }],
        limit: 1_000_000,
      });
      return new Map(rows.map((row) => [String(row["event_id"]), row]));
    },
  };
}

const folder = new URL("../cases/links/", import.meta.url);
export const linkCase = (name: string): Buffer => readFileSync(new URL(name, folder));

export function casesOfWeb(): WebEvent[] {
  const [, ...lines] = linkCase("web_events.csv").toString().trimEnd().split("\n");
  return lines.map((line) => {
    // Ids may hold blanks, never a comma or a quote.
    const [web_event_id = "", ev = "", transaction_id = "", event_time = ""] = line.split(",");
    return { web_event_id, ev, transaction_id, event_time };
  });
}
