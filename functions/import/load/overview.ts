import type { Documents } from "../../documents.ts";
import type { ImportDay } from "../days/judge.ts";
import { daysTableName } from "../days/table.ts";
import { importTable } from "../tables.ts";
import { listArrivals } from "./arrivals.ts";
import { ifThere, selectTold, type FilePorts } from "./files.ts";
import { loadTableNames } from "./tables.ts";
import { arrivedView, type FileView, toldView, waitingMax } from "./views.ts";

/** What a list of imports says of each, with as many looks at the tables as one import takes. */

type OverviewPorts = FilePorts & { readonly documents: Documents };

/** The newest file of each import that has one.
 *  @throws warehouse_down, documents_down */
export async function newestFiles(
  ports: OverviewPorts,
  names: readonly string[],
): Promise<Map<string, FileView>> {
  if (names.length === 0) return new Map();
  const arrivals = await listArrivals(ports, { limit: waitingMax });
  const last = await ifThere(
    ports.warehouse.select({
      from: importTable(ports.productDataset, loadTableNames.files),
      columns: ["import_id"],
      // Ids begin with the time of arrival.
      measures: { newest: { is: "max", column: "file_id" } },
      where: [{ column: "import_id", is: "in", value: names }],
      limit: names.length,
    }),
  );
  const ids = (last ?? []).map(({ newest }) => String(newest));
  const told =
    ids.length === 0
      ? []
      : await selectTold(ports, {
          where: [{ column: "file_id", is: "in", value: ids }],
          // An import anyway is a row of its own.
          limit: 10 * ids.length,
        });
  const newest = new Map<string, FileView>();
  for (const file of told) if (!newest.has(file.import_id)) newest.set(file.import_id, toldView(file));
  for (const { arrival } of arrivals) {
    const before = newest.get(arrival.import_id);
    if (before === undefined || before.file_id <= arrival.file_id)
      newest.set(arrival.import_id, arrivedView(arrival));
  }
  return newest;
}

/** What became of the days since one, the oldest first, as it was written last.
 *  @throws warehouse_down */
export async function daysSince(
  ports: FilePorts,
  names: readonly string[],
  since: string,
): Promise<Map<string, Pick<ImportDay, "date" | "state">[]>> {
  if (names.length === 0) return new Map();
  const rows = await ifThere(
    ports.warehouse.select({
      from: importTable(ports.productDataset, daysTableName),
      columns: ["import_id", "date", "state", "changed_at"],
      where: [
        { column: "import_id", is: "in", value: names },
        { column: "date", is: ">=", value: since },
      ],
      orderBy: [{ column: "date" }, { column: "changed_at" }],
      limit: names.length * dayRowsMax,
    }),
  );
  const days = new Map<string, Map<string, ImportDay["state"]>>();
  for (const { import_id, date, state } of rows ?? []) {
    const own = days.get(String(import_id)) ?? new Map<string, ImportDay["state"]>();
    // The last row of a day holds.
    days.set(String(import_id), own.set(String(date), state as ImportDay["state"]));
  }
  return new Map([...days].map(([name, own]) => [name, [...own].map(([date, state]) => ({ date, state }))]));
}

/** Of one import: 14 days, each with as many changes as one sees. */
const dayRowsMax = 500;

export interface LinkedCounts {
  readonly events: number;
  readonly linked: number;
  readonly waiting: number;
}

/** Of the events since a day, how many are linked; nothing of an import that was never linked.
 *  @throws warehouse_down */
export async function linkedSince(
  ports: FilePorts,
  names: readonly string[],
  since: string,
): Promise<Map<string, LinkedCounts>> {
  if (names.length === 0) return new Map();
  const sum = (column: string) => ({ is: "sum", column }) as const;
  const rows = await ifThere(
    ports.warehouse.select({
      from: importTable(ports.productDataset, "link_report"),
      columns: ["import_id"],
      measures: { events: sum("events"), linked: sum("linked"), waiting: sum("waiting") },
      where: [
        { column: "import_id", is: "in", value: names },
        { column: "date", is: ">=", value: since },
      ],
      limit: names.length,
    }),
  );
  return new Map(
    (rows ?? []).map((row) => [
      String(row["import_id"]),
      { events: Number(row["events"]), linked: Number(row["linked"]), waiting: Number(row["waiting"]) },
    ]),
  );
}
