import { createHash, randomBytes } from "node:crypto";
import type { Scratch, StoredFile } from "../../files.ts";
import { makeOwnTable } from "../../own-table.ts";
import type { OpenParquet } from "../../parquet.ts";
import type { Warehouse } from "../../warehouse.ts";
import { checkFile } from "../check.ts";
import { snapshotTooSmall, type FileFault } from "../faults.ts";
import type { Mode } from "../registered/fields.ts";
import { settingsOf, type ImportView } from "../registered/imports.ts";
import type { ImportReport } from "../report.ts";
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
import { removalStatements } from "./removal.ts";
import { rowOf, type Arrival } from "./row.ts";
import { openStaging } from "./staging.ts";
import { loadStatements, sweepStatement, tellStatements, type Loading } from "./statements.ts";
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
}

const deadlineMs = 600_000;
const dayMs = 86_400_000;
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
  ports: LoadPorts,
  one: ImportView,
  arrival: Arrival,
  bytes: StoredFile,
): Promise<ToldFile> {
  await makeLoadTables(ports);
  const told = await findTold(ports, arrival.file_id);
  const { warehouse, now } = ports;
  if (told !== undefined && told.attempt >= arrival.attempt) {
    await sweep(ports, arrival.file_id);
    return told;
  }
  const settings = hashOf(one);
  const loading = await loadingOf(ports, arrival, one.mode, told);
  const row = (report: ImportReport | undefined, state: ToldFile["state"], why = {}) =>
    rowOf({ arrival, loading, settings, report, state, finishedAt: now(), ...why });
  const write = (statements: readonly string[]) => warehouse.write(statements, { deadlineMs });

  const same = await findSame(ports, one, arrival, settings);
  if (same !== undefined) {
    const reason = `A file with the same bytes is imported already: ${same}.`;
    await write(
      tellStatements(warehouse.sql, loading, row(undefined, "duplicate", { code: "duplicate", reason })),
    );
    return demandTold(ports, arrival.file_id);
  }

  const staging = openStaging({ ...loading, warehouse, now });
  const { sink, counts } = countNames(staging.sink);
  const report = await checkFile(bytes, readingOf(one, arrival), {
    ...ports,
    importId: one.name,
    sink,
    webEventNames: await webEventNames(ports),
  });
  await staging.end();
  const newNames = report.state === "failed" ? undefined : await newNamesHint(ports, one.name, counts);
  if (newNames !== undefined) report.hints.unshift(newNames);
  const waits = report.state === "failed" ? undefined : await waitsFor(ports, one, arrival, report);
  if (report.state === "failed") await write(tellStatements(warehouse.sql, loading, row(report, "failed")));
  else if (waits !== undefined)
    await write(
      tellStatements(
        warehouse.sql,
        loading,
        row(report, "waiting", { code: waits.code, reason: waits.message }),
      ),
    );
  else await write(loadStatements(warehouse.sql, loading, row(report, report.state)));
  await sweep(ports, arrival.file_id);
  return demandTold(ports, arrival.file_id);
}

/** The file by which all that this one holds is there already. Under the name of another file the same bytes
 *  take its place: that one may hold more. */
async function findSame(
  ports: LoadPorts,
  { name: import_id, mode }: ImportView,
  { file_id, name, sha256 }: Arrival,
  settings: string,
): Promise<string | undefined> {
  const same = await findSameBytes(ports, { import_id, sha256, settings });
  if (same === undefined || same === file_id) return undefined;
  if (mode === "correct" && (await hasOtherBytes(ports, { import_id, name, sha256 }))) return undefined;
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
  await ports.warehouse.write(tellStatements(ports.warehouse.sql, loading, row), { deadlineMs });
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
    await warehouse.write(removalStatements(warehouse.sql, removing), { deadlineMs });
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

/** BigQuery keeps what was just appended as it is, for half an hour: a file of a later day sweeps it then. */
async function sweep({ warehouse, productDataset: dataset, now }: LoadPorts, file_id: string): Promise<void> {
  const before = new Date(now() - dayMs).toISOString().slice(0, 10);
  const statement = sweepStatement(warehouse.sql, { dataset, file_id, before });
  // Nothing there counts, so that it may stay.
  await warehouse.write([statement], { deadlineMs }).catch(() => undefined);
}

/** Whoever has a file imported anyway takes its bad rows for left out, however many they are. */
function readingOf(one: ImportView, { anyway_by }: Arrival) {
  const settings = settingsOf(one);
  if (anyway_by === undefined) return settings;
  return { ...settings, reject_percent: 100, reject_rows: Math.max(1, settings.reject_rows) };
}

async function waitsFor(
  ports: LoadPorts,
  { name, mode }: ImportView,
  { anyway_by }: Arrival,
  { imported }: ImportReport,
): Promise<FileFault | undefined> {
  if (mode !== "snapshot" || anyway_by !== undefined) return undefined;
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
  web_events: _web,
  ...fields
}: ImportView): string {
  const names = (Object.keys(fields) as (keyof typeof fields)[]).sort();
  const text = JSON.stringify(names.map((name) => [name, fields[name]]));
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
