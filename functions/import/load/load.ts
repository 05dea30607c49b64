import { createHash, randomBytes } from "node:crypto";
import type { Scratch, StoredFile } from "../../files.ts";
import { makeOwnTable } from "../../own-table.ts";
import type { OpenParquet } from "../../parquet.ts";
import type { Warehouse, WriteOptions } from "../../warehouse.ts";
import { checkFile } from "../check.ts";
import { snapshotTooSmall, type FileFault } from "../faults.ts";
import type { Mode } from "../registered/fields.ts";
import { settingsOf, type ImportView } from "../registered/imports.ts";
import type { ImportReport } from "../report.ts";
import type { ImportSettings } from "../settings.ts";
import { importTable } from "../tables.ts";
import { makeImportTables } from "../views.ts";
import {
  currentEvents,
  findSameBytes,
  findTold,
  hasOtherBytes,
  nextVersion,
  type ToldFile,
} from "./files.ts";
import { countNames, newNamesHint, webEventNames } from "./names.ts";
import { removalStatements } from "./statements/removal.ts";
import { rowOf, type Arrival } from "./row.ts";
import { openStaging } from "./staging.ts";
import type { Loading } from "./statements/parts.ts";
import { loadStatements, sweepStatement, tellStatements, type FileRow } from "./statements/load.ts";
import { dayChanges, importFiles, loadTableNames, rejectedRows, stagedRows } from "./tables.ts";

/** What a file becomes rows by. Each step is harmless when it is done again, after whatever was killed: what
 *  is read goes to where nothing counts, and one write makes all of it count together with the file's row. */

export interface LoadPorts {
  readonly warehouse: Warehouse;
  /** The product's own dataset. */
  readonly productDataset: string;
  readonly parquet: OpenParquet;
  readonly scratch: Scratch;
  /** Unix ms. */
  readonly now: () => number;
  /** How long the warehouse may take for what it is asked once; 10 min where left out. */
  readonly deadlineMs?: number;
}

/** A file that was read, before anything of it counts: all that the rest of the work takes. */
export interface Reading {
  readonly loading: Loading;
  readonly row: FileRow;
  /** Whether its rows are made to count; otherwise its own row alone says what became of it. */
  readonly counts: boolean;
}

/** Where a reading is kept, so that who is cut off need not read the file again. */
export interface KeptReading {
  readonly before?: Reading;
  keep(reading: Reading): Promise<void>;
}

const deadlineMsUsual = 600_000;
const dayMs = 86_400_000;
const readingMsMax = dayMs / 2;
/** A snapshot with less than this share of what is there waits for a person. */
const snapshotShareMin = 0.5;

/** Makes what is missing of the tables of backend events.
 *  @throws warehouse_down, dataset_missing, table_forbidden, schema_differs */
async function makeLoadTables({ warehouse, productDataset }: LoadPorts): Promise<void> {
  await makeImportTables(warehouse, productDataset);
  const own = { files: importFiles, rejects: rejectedRows, dayChanges, staged: stagedRows } as const;
  for (const key of ["files", "rejects", "dayChanges", "staged"] as const)
    await makeOwnTable(warehouse, importTable(productDataset, loadTableNames[key]), own[key]);
}

/** What became of the file: read from its row where that is known already.
 *  @param bytes of the file, which stay as they are
 *  @throws warehouse_down and what else the tables throw: then it comes again */
export async function loadFile(
  { kept, ...ports }: LoadPorts & { readonly kept?: KeptReading },
  one: ImportView,
  arrival: Arrival,
  bytes: StoredFile,
): Promise<ToldFile> {
  await makeLoadTables(ports);
  const told = await findTold(ports, arrival.file_id);
  if (told !== undefined && told.attempt >= arrival.attempt) {
    await sweep(ports, arrival.file_id);
    return told;
  }
  let reading = kept?.before;
  // What was staged longer ago may have been swept.
  if (reading === undefined || reading.loading.now < ports.now() - readingMsMax) {
    reading = await read(ports, { one, arrival, bytes, told });
    await kept?.keep(reading);
  }
  await settle(ports, reading);
  await sweep(ports, arrival.file_id);
  return demandTold(ports, arrival.file_id);
}

/** Reads the file to where nothing counts. */
async function read(
  ports: LoadPorts,
  {
    one,
    arrival,
    bytes,
    told,
  }: { one: ImportView; arrival: Arrival; bytes: StoredFile; told: ToldFile | undefined },
): Promise<Reading> {
  const { warehouse, now, deadlineMs = deadlineMsUsual } = ports;
  const settings = hashOf(one);
  const loading = await loadingOf(ports, arrival, modeOf(one, arrival), told);
  const saying = (report: ImportReport | undefined, state: ToldFile["state"], why = {}): Reading => ({
    loading,
    row: rowOf({ arrival, loading, settings, report, state, finishedAt: now(), ...why }),
    counts: state === "imported" || state === "imported_with_rejects",
  });
  const same = await findSame(ports, one, arrival, settings);
  if (same !== undefined) {
    const reason = `A file with the same bytes is imported already: ${same}.`;
    return saying(undefined, "duplicate", { code: "duplicate", reason });
  }
  const staging = openStaging({ ...loading, warehouse, now, deadlineMs });
  const names = countNames(staging.sink);
  const report = await checkFile(bytes, readingOf(one, arrival), {
    ...ports,
    importId: one.name,
    sink: names.sink,
    webEventNames: await webEventNames(ports),
  });
  await staging.end();
  if (report.state === "failed") return saying(report, "failed");
  const newNames = await newNamesHint(ports, one.name, names.counts);
  if (newNames !== undefined) report.hints.unshift(newNames);
  const waits = await waitsFor(ports, one, arrival, report);
  return waits === undefined
    ? saying(report, report.state)
    : saying(report, "waiting", { code: waits.code, reason: waits.message });
}

/** Makes it count, all at once with its row. The reading's id makes it one job, however often it is asked
 *  for. */
async function settle(ports: LoadPorts, { loading, row, counts }: Reading): Promise<void> {
  const { warehouse } = ports;
  const statementsOf = counts ? loadStatements : tellStatements;
  await warehouse.write(statementsOf(warehouse.sql, loading, row), onceOf(ports, loading));
}

function onceOf({ deadlineMs = deadlineMsUsual }: LoadPorts, { dataset, load_id }: Loading): WriteOptions {
  return { deadlineMs, once: { id: load_id, table: importTable(dataset, loadTableNames.files) } };
}

/** The file by which all that this one holds is there already. Under the name of another file the same bytes
 *  take its place: that one may hold more. */
async function findSame(
  ports: LoadPorts,
  one: ImportView,
  arrival: Arrival,
  settings: string,
): Promise<string | undefined> {
  const { name: import_id } = one;
  const { file_id, name, sha256 } = arrival;
  const same = await findSameBytes(ports, { import_id, sha256, settings });
  if (same === undefined || same === file_id) return undefined;
  if (modeOf(one, arrival) === "correct" && (await hasOtherBytes(ports, { import_id, name, sha256 })))
    return undefined;
  return same;
}

/** Says of a file that it cannot be read at all. */
export async function tellUnread(
  ports: LoadPorts,
  arrival: Arrival,
  { code, message: reason }: FileFault,
): Promise<ToldFile> {
  await makeLoadTables(ports);
  const told = await findTold(ports, arrival.file_id);
  if (told !== undefined && told.attempt >= arrival.attempt) return told;
  const loading = await loadingOf(ports, arrival, "append", told);
  const row = rowOf({
    arrival,
    loading,
    settings: "",
    report: undefined,
    state: "failed",
    finishedAt: ports.now(),
    code,
    reason,
  });
  await settle(ports, { loading, row, counts: false });
  return demandTold(ports, arrival.file_id);
}

/** Takes the rows of a file away, and puts back what it took the place of. Done already, it changes nothing.
 *  @returns undefined where nothing is known of the file
 *  @throws warehouse_down and what else the tables throw: then it comes again */
export async function removeRows(
  ports: LoadPorts,
  arrival: Arrival & { readonly removed_by: string },
): Promise<ToldFile | undefined> {
  await makeLoadTables(ports);
  const { file_id, attempt, removed_by: by } = arrival;
  const told = await findTold(ports, file_id);
  if (told !== undefined && told.attempt < attempt) {
    const { warehouse } = ports;
    const loading = await loadingOf(ports, arrival, "append", told);
    const removing = { loading, place: told.place ?? 0, by };
    await warehouse.write(removalStatements(warehouse.sql, removing), onceOf(ports, loading));
  }
  await sweep(ports, file_id);
  return findTold(ports, file_id);
}

async function loadingOf(
  ports: LoadPorts,
  { import_id, name, file_id, attempt, source, arrived_at }: Arrival,
  mode: Mode,
  told: ToldFile | undefined,
): Promise<Loading> {
  return {
    dataset: ports.productDataset,
    import_id,
    name,
    file_id,
    version: told?.version ?? (await nextVersion(ports, import_id, name)),
    attempt,
    load_id: `${file_id}.${attempt}.${randomBytes(6).toString("hex")}`,
    mode,
    source,
    arrived_at,
    now: ports.now(),
  };
}

async function sweep(
  { warehouse, productDataset: dataset, now, deadlineMs = deadlineMsUsual }: LoadPorts,
  file_id: string,
): Promise<void> {
  const before = new Date(now() - dayMs).toISOString().slice(0, 10);
  const statement = sweepStatement(warehouse.sql, { dataset, file_id, before });
  // Nothing there counts, so that it may stay: a file of a later day sweeps it.
  await warehouse.write([statement], { deadlineMs }).catch(() => undefined);
}

/** A day of a shared table is the whole of it, whatever files of the import are. */
function modeOf({ mode }: ImportView, { source }: Arrival): Mode {
  return source === "table" ? "correct" : mode;
}

/** Whoever has a file imported anyway takes its bad rows for left out, however many they are. */
function readingOf(one: ImportView, { source, anyway_by, number_format }: Arrival): ImportSettings {
  const settings: ImportSettings = {
    ...settingsOf(one),
    ...(source === "table" && { header: "names" }),
    ...(number_format !== undefined && { number_format }),
  };
  if (anyway_by === undefined) return settings;
  return { ...settings, reject_percent: 100, reject_rows: Math.max(1, settings.reject_rows) };
}

async function waitsFor(
  ports: LoadPorts,
  one: ImportView,
  arrival: Arrival,
  { imported }: ImportReport,
): Promise<FileFault | undefined> {
  const { name } = one;
  const { anyway_by } = arrival;
  if (modeOf(one, arrival) !== "snapshot" || anyway_by !== undefined) return undefined;
  const there = await currentEvents(ports, name);
  if (there === 0 || imported >= there * snapshotShareMin) return undefined;
  return snapshotTooSmall({ imported, there });
}

async function demandTold(ports: LoadPorts, fileId: string): Promise<ToldFile> {
  const told = await findTold(ports, fileId);
  if (told === undefined) throw new Error(`The row of the file ${fileId} was written and is not there.`);
  return told;
}

/** Of all that decides how a file is read and what it does: when it is due is not part of it, and what its
 *  events are linked to is not. */
function hashOf({
  name: _name,
  added_at: _at,
  added_by: _by,
  due: _due,
  expected: _expected,
  holidays: _holidays,
  rows_min: _rows,
  table: _table,
  web_events: _web,
  ...fields
}: ImportView): string {
  const names = (Object.keys(fields) as (keyof typeof fields)[]).sort();
  const text = JSON.stringify(names.map((name) => [name, fields[name]]));
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
