import { isProblem } from "../../problem.ts";
import { tableMissing } from "../../problems.ts";
import type { Selection, Value, Warehouse } from "../../warehouse.ts";
import { importTable, importTableNames } from "../tables.ts";
import type { Arrival } from "./row.ts";
import { importFiles, loadTableNames } from "./tables.ts";

/** What is known of files that were read: the rows of `import_files`. */

export interface FilePorts {
  readonly warehouse: Pick<Warehouse, "select">;
  readonly productDataset: string;
}

export const fileStates = [
  "imported",
  "imported_with_rejects",
  "waiting",
  "failed",
  "duplicate",
  "superseded",
  "removed",
] as const;
export type FileState = (typeof fileStates)[number];

/** What is said of a file; what is not known of it is left out. */
export interface ToldFile {
  readonly file_id: string;
  readonly import_id: string;
  readonly name: string;
  readonly version: number;
  readonly attempt: number;
  /** In the order in which files came to count. */
  readonly place?: number;
  readonly source: Arrival["source"];
  readonly sha256: string;
  readonly bytes: number;
  readonly state: FileState;
  readonly code?: string;
  readonly reason?: string;
  readonly line?: number;
  readonly kind?: "csv" | "parquet";
  readonly container?: "gzip" | "zip";
  readonly encoding?: string;
  readonly delimiter?: string;
  readonly number_format?: string;
  readonly columns?: readonly string[];
  readonly rows?: number;
  readonly imported?: number;
  readonly rejected?: number;
  readonly new_events: number;
  readonly removed_events: number;
  readonly codes?: Readonly<Record<string, number>>;
  readonly first_day?: string;
  readonly last_day?: string;
  /** How many of its events each day has. */
  readonly dates?: Readonly<Record<string, number>>;
  readonly hints?: readonly string[];
  readonly load_id: string;
  /** The file that took its place. */
  readonly superseded_by?: string;
  readonly removed_by?: string;
  readonly removed_at?: number;
  readonly arrived_at: number;
  readonly finished_at: number;
}

const isImported = { column: "state", is: "in", value: ["imported", "imported_with_rejects"] } as const;

function selectFiles(ports: FilePorts, selection: Omit<Selection, "from">): Promise<Record<string, Value>[]> {
  return ports.warehouse.select({
    from: importTable(ports.productDataset, loadTableNames.files),
    ...selection,
  });
}

/** @throws warehouse_down; table_missing before anything was ever imported */
export async function findTold(ports: FilePorts, fileId: string): Promise<ToldFile | undefined> {
  const [row] = await selectFiles(ports, {
    where: [{ column: "file_id", is: "=", value: fileId }],
    orderBy: [{ column: "attempt", descending: true }],
    limit: 1,
  });
  return row && toldOf(row);
}

/** The newest first. @throws as findTold */
export async function selectTold(
  ports: FilePorts,
  selection: Pick<Selection, "where" | "limit">,
): Promise<ToldFile[]> {
  const rows = await selectFiles(ports, {
    ...selection,
    // Ids begin with the time of arrival.
    orderBy: [{ column: "file_id", descending: true }],
  });
  return rows.map(toldOf);
}

export async function nextVersion(ports: FilePorts, importId: string, name: string): Promise<number> {
  const [row] = await selectFiles(ports, {
    columns: [],
    measures: { last: { is: "max", column: "version" } },
    where: [
      { column: "import_id", is: "=", value: importId },
      { column: "name", is: "=", value: name },
    ],
    limit: 1,
  });
  return Number(row?.["last"] ?? 0) + 1;
}

/** The file that has these bytes, was read under these settings, and of which everything is still there. */
export async function findSameBytes(
  ports: FilePorts,
  { import_id, sha256, settings }: { import_id: string; sha256: string; settings: string },
): Promise<string | undefined> {
  const [row] = await selectFiles(ports, {
    columns: ["file_id"],
    where: [
      { column: "import_id", is: "=", value: import_id },
      { column: "sha256", is: "=", value: sha256 },
      { column: "settings", is: "=", value: settings },
      isImported,
    ],
    orderBy: [{ column: "arrived_at", descending: true }],
    limit: 1,
  });
  if (row === undefined) return undefined;
  const file_id = String(row["file_id"]);
  const [gone] = await ports.warehouse.select({
    from: importTable(ports.productDataset, importTableNames.files),
    columns: ["event_id"],
    where: [
      { column: "file_id", is: "=", value: file_id },
      { column: "current", is: "=", value: false },
    ],
    limit: 1,
  });
  return gone === undefined ? file_id : undefined;
}

/** Whether a file that is imported has the name and other bytes. */
export async function hasOtherBytes(
  ports: FilePorts,
  { import_id, name, sha256 }: { import_id: string; name: string; sha256: string },
): Promise<boolean> {
  const rows = await selectFiles(ports, {
    columns: ["sha256"],
    where: [
      { column: "import_id", is: "=", value: import_id },
      { column: "name", is: "=", value: name },
      isImported,
    ],
    limit: 10,
  });
  return rows.some((row) => row["sha256"] !== sha256);
}

/** How many events of the import are there. */
export async function currentEvents(ports: FilePorts, importId: string): Promise<number> {
  const [row] = await ports.warehouse.select({
    from: importTable(ports.productDataset, importTableNames.files),
    columns: [],
    measures: { events: { is: "distinct", column: "event_id" } },
    where: [
      { column: "import_id", is: "=", value: importId },
      { column: "current", is: "=", value: true },
    ],
    limit: 1,
  });
  return Number(row?.["events"] ?? 0);
}

function toldOf(row: Readonly<Record<string, Value>>): ToldFile {
  const known = importFiles.columns.flatMap(({ name, type }) => {
    const value = row[name] ?? null;
    return value === null ? [] : [[name, type === "JSON" ? (JSON.parse(String(value)) as unknown) : value]];
  });
  return Object.fromEntries(known) as unknown as ToldFile;
}

/** Undefined where nothing was ever imported: the tables are made with the first file. */
export async function ifThere<Found>(work: Promise<Found>): Promise<Found | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isProblem(error, tableMissing)) return undefined;
    throw error;
  }
}
