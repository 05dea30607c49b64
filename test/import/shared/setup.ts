import { lookAtTables, type SharedPorts } from "../../../functions/import/shared/look.ts";
import { readLooked } from "../../../functions/import/shared/state.ts";
import { workOnOldest, type WorkPorts } from "../../../functions/import/load/work.ts";
import { listFiles } from "../../../functions/import/load/views.ts";
import { listDays } from "../../../functions/import/days/days.ts";
import type { ImportFields } from "../../../functions/import/registered/fields.ts";
import { addImport } from "../../../functions/import/registered/imports.ts";
import { thisMachine } from "../../../functions/people/who.ts";
import type { TableRef } from "../../../functions/table.ts";
import type { Column, Value, Warehouse } from "../../../functions/warehouse.ts";
import { column } from "../../promises/warehouse/setup.ts";
import { memoryDocuments } from "../../support/doubles/memory-documents.ts";
import { memoryFiles } from "../../support/doubles/memory-files.ts";
import { dataset, importOf } from "../loading.ts";

/** A table that somebody shares, and an import that reads it. */

const sharedColumns: readonly Column[] = [
  column("date", "DATE"),
  column("event_name", "STRING"),
  column("reference_ev", "ARRAY<STRING>"),
  column("Reference-Id", "STRING"),
  column("value", "NUMERIC"),
  column("note", "STRING"),
];

export const minute = 60_000;
/** In Amsterdam, an hour before midnight. */
const evening = Date.parse("2026-11-20T22:00:00Z");

export interface SharedRow {
  readonly date?: string | null;
  readonly id: string;
  readonly value?: string | null;
}

export async function openShared(
  warehouse: Warehouse,
  name: string,
  { table, set = {}, more = {} }: { table: string; set?: Partial<ImportFields>; more?: Partial<SharedPorts> },
) {
  const documents = memoryDocuments();
  const clock = { at: evening };
  const now = () => clock.at;
  const keptFiles = memoryFiles(now);
  const said: [string, string, object][] = [];
  const ports: WorkPorts & SharedPorts = {
    ...importOf(warehouse, name).ports,
    defaultDataset: "crm",
    documents,
    keptFiles,
    now,
    log: (level, message, fields = {}) => void said.push([level, message, fields]),
    ...more,
  };
  await addImport(ports, thisMachine, { name, zone: "Europe/Amsterdam", table, ...set });
  const one = importOf(warehouse, name);
  return {
    ports,
    clock,
    said,
    documents,
    keptFiles,
    /** What the clock does after so long: looks, until nothing is left to be done at this time. */
    async after(ms: number): Promise<void> {
      clock.at += ms;
      for (let more = true; more;) {
        more = await lookAtTables(ports);
        while ((await workOnOldest(ports)) === "one");
      }
    },
    looked: async () => (await readLooked(ports, name))?.looked,
    view: () => ({ ...one.view(), table }),
    look: () => lookAtTables(ports),
    current: () => one.current(),
    /** The ids of the events that are there. */
    ids: async () => (await one.current()).map((event) => event[3]).sort(),
    /** The oldest first. */
    async files() {
      const { files } = await listFiles(ports, name, { limit: 100 });
      return files.reverse().map((file) => [file.name, file.state]);
    },
    async day(date: string) {
      return (await listDays(ports, name, { from: date, to: date }))[0]!;
    },
  };
}

export async function addRows(
  warehouse: Warehouse,
  table: TableRef,
  rows: readonly SharedRow[],
): Promise<void> {
  const cells = rows.map(({ date = "2026-11-20", id, value = "10.5" }): Value[] => [
    date,
    "deal",
    '["lead","call"]',
    id,
    value,
    null,
  ]);
  // What statements change must not have been streamed.
  const load = warehouse.openLoad(table, sharedColumns, { id: `shared-${loads++}`, deadlineMs: minute });
  await load.add(cells);
  await load.end();
}
let loads = 0;

export async function makeShared(
  warehouse: Warehouse,
  table: TableRef,
  columns = sharedColumns,
): Promise<void> {
  await warehouse.createDataset({ dataset, table: "any" });
  await warehouse.createDataset(table);
  await warehouse.createTable(table, { description: "Shared", columns, partitionBy: "date", clusterBy: [] });
}
