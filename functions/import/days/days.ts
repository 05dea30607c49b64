import type { Documents } from "../../documents.ts";
import { requestRefused } from "../../problems.ts";
import { isDay } from "../../streams/calendar.ts";
import type { Condition } from "../../warehouse.ts";
import { daysBefore } from "../fields/date.ts";
import { listArrivals } from "../load/arrivals.ts";
import { ifThere, type FilePorts } from "../load/files.ts";
import { loadTableNames } from "../load/tables.ts";
import { findImport, type ImportView } from "../registered/imports.ts";
import { importTable, importTableNames } from "../tables.ts";
import { todayOf } from "./deadline.ts";
import { type DayFile, type ImportDay, judgeDays } from "./judge.ts";

/** The days of an import, as the files say. */

export type DayPorts = FilePorts & {
  readonly documents: Documents;
  /** Unix ms. */
  readonly now: () => number;
};

/** Long before the first import; no warehouse knows days before the year 1. */
const firstDay = "1970-01-02";
const usualDays = 14;
/** So many are told at once. */
export const daysMax = 400;
const filesAtOnce = 10_000;
/** Files without a row that differ in their bytes, as by the order of their columns: a few. */
const emptyMax = 10_000;
const waitingMax = 1_000;

/** The last two weeks where nothing is said, up to today.
 *  @param asked both days are in it; those that have not come yet are left out
 *  @throws import_unknown, request_refused, warehouse_down, documents_down */
export async function listDays(
  ports: DayPorts,
  importName: string,
  { from, to }: { from?: string; to?: string },
): Promise<ImportDay[]> {
  const one = await findImport(ports, importName);
  for (const [name, day] of Object.entries({ from, to }))
    if (day !== undefined && (!isDay(day) || day < firstDay))
      throw requestRefused({
        what: `${name} is ${day}, which is no day of an import; allowed is one such as 2026-11-01`,
      });
  const today = todayOf(one.zone, ports.now());
  const last = to === undefined || to > today ? today : to;
  const first = from ?? daysBefore(last, usualDays - 1);
  if (first < daysBefore(last, daysMax - 1))
    throw requestRefused({
      what: `from ${first} to ${last} are more than ${daysMax} days; allowed are as many, so ask for them in parts`,
    });
  return readDays(ports, one, { first, last });
}

/** @param range both days are in it; none where the first one is the later one
 *  @throws warehouse_down, documents_down */
export async function readDays(
  ports: DayPorts,
  one: ImportView,
  range: { first: string; last: string },
): Promise<ImportDay[]> {
  if (range.first > range.last) return [];
  // In this order: a file that is read meanwhile is seen twice rather than never.
  const arrivals = await listArrivals(ports, { limit: waitingMax });
  const since = arrivals
    .filter(({ arrival }) => arrival.import_id === one.name && arrival.removed_by === undefined)
    .map(({ arrival }) => arrival.arrived_at);
  const [files, rows] = await Promise.all([
    ifThere(filesFor(ports, one.name, range)),
    ifThere(countRows(ports, one.name, range)),
  ]);
  const found = {
    files: files ?? [],
    rows: rows ?? new Map<string, number>(),
    ...(since.length > 0 && { readingSince: Math.min(...since) }),
  };
  return judgeDays(one, range, found, ports.now());
}

/** A file's row, as far as days take it. */
type FileOfDay = Omit<DayFile, "dates" | "isEmpty"> & {
  readonly sha256: string;
  readonly rows: number | null;
  readonly dates: string | null;
};

const fileColumns = ["file_id", "name", "state", "arrived_at", "sha256", "rows", "dates"] as const;

/** The files that may say something of these days: those with rows of them, and all without a row that came
 *  since. */
async function filesFor(
  ports: FilePorts,
  importId: string,
  { first, last }: { first: string; last: string },
): Promise<DayFile[]> {
  // In UTC, in which a day of a zone may begin a day earlier.
  const since: Condition = { column: "arrived_on", is: ">=", value: daysBefore(first, 1) };
  const [holding, told, empty] = await Promise.all([
    selectAll(ports, importId, [
      since,
      { column: "first_day", is: "<=", value: last },
      { column: "last_day", is: ">=", value: first },
    ]),
    selectAll(ports, importId, [since, { column: "state", is: "in", value: ["failed", "duplicate"] }]),
    selectAll(ports, importId, [since, { column: "rows", is: "=", value: 0 }]),
  ]);
  const isEmpty = await emptyBytes(ports, importId, told);
  const files = new Map([...holding, ...told, ...empty].map((file) => [file.file_id, file]));
  return [...files.values()].map((file) => ({
    ...file,
    dates: file.dates === null ? {} : (JSON.parse(file.dates) as Record<string, number>),
    isEmpty: isEmpty(file),
  }));
}

/** However many they are: one that was left out would be a day that is missing. */
async function selectAll(
  { warehouse, productDataset }: FilePorts,
  importId: string,
  where: readonly Condition[],
): Promise<FileOfDay[]> {
  const found: FileOfDay[] = [];
  for (;;) {
    const last = found.at(-1);
    const rows = await warehouse.select({
      from: importTable(productDataset, loadTableNames.files),
      columns: fileColumns,
      where: [
        { column: "import_id", is: "=", value: importId },
        ...where,
        // The last one comes once more.
        ...(last === undefined ? [] : [{ column: "file_id", is: ">=" as const, value: last.file_id }]),
      ],
      orderBy: [{ column: "file_id" }],
      limit: filesAtOnce,
    });
    found.push(...(rows as unknown as FileOfDay[]).slice(last === undefined ? 0 : 1));
    if (rows.length < filesAtOnce) return found;
  }
}

/** Which files are a header alone: of a duplicate, the file that has the same bytes tells. */
async function emptyBytes(
  { warehouse, productDataset }: FilePorts,
  importId: string,
  told: readonly FileOfDay[],
): Promise<(file: FileOfDay) => boolean> {
  const bytes = new Set<string>();
  if (told.some(({ state }) => state === "duplicate")) {
    const rows = await warehouse.select({
      from: importTable(productDataset, loadTableNames.files),
      columns: ["sha256"],
      measures: { files: { is: "count" } },
      where: [
        { column: "import_id", is: "=", value: importId },
        { column: "rows", is: "=", value: 0 },
        { column: "state", is: "in", value: ["imported", "superseded", "removed"] },
      ],
      limit: emptyMax,
    });
    for (const { sha256 } of rows) bytes.add(String(sha256));
  }
  return ({ state, rows, sha256 }) => (state === "duplicate" ? bytes.has(sha256) : rows === 0);
}

async function countRows(
  { warehouse, productDataset }: FilePorts,
  importId: string,
  { first, last }: { first: string; last: string },
): Promise<Map<string, number>> {
  const rows = await warehouse.select({
    from: importTable(productDataset, importTableNames.files),
    columns: ["date"],
    measures: { events: { is: "distinct", column: "event_id" } },
    where: [
      { column: "import_id", is: "=", value: importId },
      { column: "current", is: "=", value: true },
      { column: "date", is: ">=", value: first },
      { column: "date", is: "<=", value: last },
    ],
    limit: (Date.parse(last) - Date.parse(first)) / 86_400_000 + 1,
  });
  return new Map(rows.map(({ date, events }) => [String(date), Number(events)]));
}
