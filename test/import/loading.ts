import { createHash } from "node:crypto";
import { usualFields, type ImportFields } from "../../functions/import/registered/fields.ts";
import type { ImportView } from "../../functions/import/registered/imports.ts";
import { loadFile, type LoadPorts } from "../../functions/import/load/load.ts";
import type { Arrival } from "../../functions/import/load/row.ts";
import { importTable } from "../../functions/import/tables.ts";
import type { Warehouse } from "../../functions/warehouse.ts";
import { scratch } from "../../infra/scratch.ts";
import { openParquet } from "../../infra/parquet/parquet.ts";
import { storedBytes } from "./cases.ts";

/** Files that arrive at an import one after the other, over a warehouse. */

const usualNow = Date.parse("2026-11-21T08:00:00Z");
export const dataset = "afterclick";

let files = 0;

export function importOf(warehouse: Warehouse, name: string, set: Partial<ImportFields> = {}) {
  let fields: ImportFields = { ...usualFields, zone: "Europe/Amsterdam", ...set };
  let now = usualNow;
  const ports: LoadPorts = {
    warehouse,
    productDataset: dataset,
    parquet: openParquet,
    scratch,
    now: () => now,
  };
  const view = (): ImportView => ({ ...fields, name, added_at: 0, added_by: "ada" });

  function arrival(fileName: string, bytes: Uint8Array, more: Partial<Arrival> = {}): Arrival {
    now += 1000;
    files += 1;
    return {
      file_id: `file-${files}`,
      import_id: name,
      name: fileName,
      source: "upload",
      sha256: createHash("sha256").update(bytes).digest("hex"),
      bytes: bytes.length,
      arrived_at: now,
      attempt: 1,
      ...more,
    };
  }

  const one = {
    ports,
    view,
    arrival,
    set: (more: Partial<ImportFields>) => (fields = { ...fields, ...more }),
    /** A file arrives, and becomes what it becomes. */
    send(fileName: string, content: Uint8Array | string, more: Partial<Arrival> = {}) {
      const bytes = Buffer.from(content);
      return loadFile(ports, view(), arrival(fileName, bytes, more), storedBytes(fileName, bytes));
    },
    /** The events that are there, in the words of the expectations. */
    async current(): Promise<unknown[][]> {
      const rows = await warehouse.select({
        from: importTable(dataset, "backend_events_current"),
        columns: ["date", "ev", "reference_ev", "reference_id", "value"],
        where: [{ column: "import_id", is: "=", value: name }],
        limit: 1000,
      });
      const lines = rows.map(({ date, ev, reference_ev, reference_id, value }) =>
        JSON.stringify([date, ev, JSON.parse(String(reference_ev)), reference_id, value]),
      );
      return lines.sort().map((line) => JSON.parse(line) as unknown[]);
    },
    ids: async () => (await one.current()).map(([, , , id]) => id),
    rows: async (table: string, columns?: readonly string[]) =>
      warehouse.select({
        from: importTable(dataset, table),
        ...(columns !== undefined && { columns }),
        where: [{ column: "import_id", is: "=", value: name }],
        limit: 1000,
      }),
  };
  return one;
}

export const header = "date,ev,reference_ev,reference_id,value\n";

/** A file with a row for each id, `id=value` where it has a value. */
export function fileOf(...ids: string[]): string {
  const lines = ids.map((id) => {
    const [reference_id, value = ""] = id.split("=");
    return `2026-11-20,deal,lead,${reference_id},${value}\n`;
  });
  return header + lines.join("");
}

export const bad = (count: number) =>
  Array.from({ length: count }, (_, row) => `x,deal,lead,bad${row},\n`).join("");
