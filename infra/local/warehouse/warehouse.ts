import { createReadStream } from "node:fs";
import { constants, copyFile, link, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { within } from "../../../functions/within.ts";
import type { Log } from "../../../functions/log.ts";
import { Problem, revived } from "../../../functions/problem.ts";
import { answerTooLarge, fileUnusable, warehouseDown } from "../../../functions/problems.ts";
import type { ExportFormat, Snapshots } from "../../../functions/snapshots.ts";
import type { TableRef } from "../../../functions/table.ts";
import type {
  Column,
  QueryResult,
  Replacement,
  Selection,
  SomeRows,
  TableDescription,
  TableSpec,
  UnionRows,
  UnionSelection,
  Value,
  View,
  Warehouse,
} from "../../../functions/warehouse.ts";
import { groupAppends, type AppendCall } from "./rows/appends.ts";
import { openLoads, type LoadCall } from "./rows/loads.ts";
import { type DatabaseSettings } from "./file/duckdb.ts";
import { type Looked, lookTogether } from "./reading/looks.ts";
import { duckdbMegabytes, processMegabytes, tablesMegabytes } from "./file/memory.ts";
import { filesSql } from "./reading/files.ts";
import { oneLine, warehouseFileName } from "./sql.ts";
import { duckdbSql } from "./dialect.ts";
import { packRows } from "./rows/packed.ts";
import { fileId } from "../thread/own-file.ts";
import { besideFiles, type Housed } from "../folder/page.ts";
import { createStatements, graceMsDefault } from "./statements/statements.ts";
import { openChild } from "../thread/child.ts";
import { WorkerError, whyOf, type Caller } from "../thread/worker.ts";

/** The calls of warehouse.worker.ts. */
export interface WarehouseApi {
  describe(tables: readonly TableRef[]): Promise<Looked[]>;
  /** @param from what stands behind FROM. @returns undefined where it names no file */
  describeFiles(from: string): Promise<TableDescription["columns"] | undefined>;
  ownTables(nothing: undefined): Promise<TableRef[]>;
  createDataset(table: TableRef): Promise<void>;
  createTable(ask: { table: TableRef; spec: TableSpec }): Promise<void>;
  addColumns(ask: { table: TableRef; columns: readonly Column[] }): Promise<void>;
  putView(ask: { view: TableRef; definition: View }): Promise<void>;
  dropDataset(dataset: string): Promise<void>;
  /** @returns for each call what it failed with */
  append(calls: readonly AppendCall[]): Promise<(Failure | undefined)[]>;
  /** @returns whether DuckDB took the rows of the file */
  load(call: LoadCall): Promise<boolean>;
  write(ask: { statements: readonly string[]; deadlineMs: number }): Promise<void>;
  replaceTable(ask: { table: TableRef; replacement: Replacement; deadlineMs: number }): Promise<void>;
  select(selection: Selection): Promise<Record<string, Value>[]>;
  selectSome(selection: Selection): Promise<SomeRows>;
  selectUnion(selection: UnionSelection): Promise<UnionRows>;
  query(ask: Statement & { rowsMax: number }): Promise<QueryResult>;
  /** @returns a file under io/, the caller's to remove */
  exportTo(ask: Statement & { format: ExportFormat }): Promise<string>;
  /** @returns a file under io/, the caller's to remove */
  extract(ask: { sql: string; deadlineMs: number }): Promise<string>;
  /** Answers as soon as anything can be asked. */
  ready(nothing: undefined): Promise<void>;
  /** Nobody waits for the statement with this id any more. */
  abandon(id: number): Promise<void>;
  /** @returns a file under io/, the caller's to remove */
  copy(ask: { deadlineMs: number }): Promise<string>;
  /** @returns what is wrong with the file, a sentence each */
  verify(nothing: undefined): Promise<string[]>;
  /** Writes the file's page; see folder/page.ts. */
  note(page: string): Promise<void>;
  /** Ends what people asked for and takes no more of it. */
  stop(nothing: undefined): Promise<void>;
}

export interface Statement {
  readonly id: number;
  readonly sql: string;
  readonly deadlineMs: number;
}

/** A Problem between processes: its code, and what its sentence is made from. */
export interface Failure {
  readonly code: string | undefined;
  readonly facts: unknown;
  readonly message: string;
}

/** The warehouse on one machine: one DuckDB file, one process that has it open. */
export interface LocalWarehouse extends Warehouse, Housed {
  /** The rows of one SELECT as one file, Parquet (zstd) or CSV (with a header). It is gone from the disk's
   *  names before the first byte is read. */
  readonly export: Snapshots["export"];
  /** A consistent copy of everything committed so far, while appends go on.
   *  @throws warehouse_down where there is no room, or `file` exists or cannot be written */
  snapshot(file: string): Promise<void>;
  /** Removes a dataset of ours with all its tables and views. Does nothing where there is none.
   *  @throws schema_differs where something in it is not ours */
  dropDataset(dataset: string): Promise<void>;
  /** Reads all of it. @returns what is wrong with it, a sentence each. @throws warehouse_down */
  verify(): Promise<string[]>;
}

export interface WarehouseConfig extends Partial<Omit<DatabaseSettings, "directory">> {
  readonly directory: string;
  readonly log: Log;
  /** How long a query waits for those before it: less than its caller has patience beyond the query's own
   *  deadline. 10 s where left out. */
  readonly queryWaitMs?: number;
  /** How long a statement that was told to end may take before the process is ended for
   *  it. 5 s where left out. */
  readonly statementGraceMs?: number;
}

/** How long definitions and the product's reads wait. */
const deadlineMsMax = 60_000;
const exportDeadlineMs = 300_000;
const copyDeadlineMs = 3_600_000;
const hangMs = 600_000;

/** @throws file_unusable where the file cannot be opened: another process has it, or it is no DuckDB file */
export async function openWarehouse({
  log,
  queryWaitMs = 10_000,
  statementGraceMs = graceMsDefault,
  ...config
}: WarehouseConfig): Promise<LocalWarehouse> {
  const settings: DatabaseSettings = {
    defaultDataset: "main",
    productDataset: "afterclick",
    memoryMegabytesMax: duckdbMegabytes(),
    tablesMegabytesMax: tablesMegabytes(),
    walBytesMax: 64 * 1024 * 1024,
    foldGroupsMin: 32,
    roomBytesMin: 256 * 1024 * 1024,
    ...config,
  };
  const caller = openChild<WarehouseApi>(new URL("./warehouse.worker.ts", import.meta.url), {
    name: "warehouse",
    data: settings,
    memoryBytesMax: processMegabytes(settings.memoryMegabytesMax) * 1_000_000,
    onDeath(error) {
      // Before that, the start says why it fails.
      if (settings.own !== undefined)
        log("ERROR", "The warehouse's process ended; it is opened again.", { why: error.message });
    },
  });
  try {
    await caller.call("ready", undefined);
    settings.own = fileId(join(config.directory, warehouseFileName));
  } catch (error) {
    await caller.close();
    throw fileUnusable({ file: join(config.directory, warehouseFileName), why: whyOf(error) }, error);
  }

  let changes = 0;
  const { drop, ...taking } = openTaking(caller, join(settings.directory, besideFiles.io), () => changes++);
  const look = lookTogether((tables) => answered(caller.call("describe", tables)));
  const statements = createStatements(caller, statementGraceMs);

  return {
    async describe(table) {
      const looked = await look(table);
      if ("failure" in looked) throw toProblem(looked.failure);
      return looked.found;
    },
    ...(settings.filesDirectory !== undefined && {
      files: {
        describe: (pattern: string) =>
          answered(caller.call("describeFiles", filesSql(settings.filesDirectory!, pattern))),
        sql: (pattern: string) => filesSql(settings.filesDirectory!, pattern),
      },
    }),
    ownTables: () => answered(caller.call("ownTables", undefined)),
    createDataset: (table) => answered(caller.call("createDataset", table)),
    createTable: (table, spec) => answered(caller.call("createTable", { table, spec })),
    addColumns: (table, columns) => answered(caller.call("addColumns", { table, columns })),
    putView: (view, definition) => answered(caller.call("putView", { view, definition })),
    ...taking,
    sql: duckdbSql,
    async write(statements, { deadlineMs }) {
      await translated(caller.call("write", { statements, deadlineMs })).finally(() => changes++);
    },
    async replaceTable(table, replacement, { deadlineMs }) {
      const work = caller.call("replaceTable", { table, replacement, deadlineMs });
      await translated(work).finally(() => changes++);
    },
    dropDataset: (dataset) => answered(caller.call("dropDataset", dataset)),
    select: (selection) => answered(caller.call("select", selection)),
    selectSome: (selection) => answered(caller.call("selectSome", selection)),
    selectUnion: (selection) => answered(caller.call("selectUnion", selection)),
    query: (sql, { rowsMax, deadlineMs, signal }) =>
      translated(
        statements.run({ sql, deadlineMs, signal, waitMs: queryWaitMs }, (statement) =>
          caller.call("query", { ...statement, rowsMax }),
        ),
      ),
    extract: async (sql, { deadlineMs }) =>
      openOnce(await translated(caller.call("extract", { sql, deadlineMs }))),
    async export(sql, format, { signal } = {}) {
      const limits = { waitMs: exportDeadlineMs, deadlineMs: exportDeadlineMs };
      const file = await translated(
        statements.run({ sql, signal, ...limits }, (statement) =>
          caller.call("exportTo", { ...statement, format }),
        ),
      );
      return openOnce(file);
    },
    async snapshot(file) {
      await place(await translated(caller.call("copy", { deadlineMs: copyDeadlineMs })), file);
    },
    verify: () => translated(caller.call("verify", undefined)),
    changes: () => changes,
    note: (page) => answered(caller.call("note", page)),
    async close() {
      drop(warehouseDown({ why: "the server is stopping" }));
      // A process that is gone need not be told to stop.
      await Promise.all([statements.stop(), caller.call("stop", undefined).catch(() => undefined)]);
      await caller.close();
    },
  };
}

/** How rows come in. @param folder where files lie on their way @param changed is told of each change */
function openTaking(caller: Caller<WarehouseApi>, folder: string, changed: () => void) {
  /** What hangs for so long is no slow disk: the rows come again, and a fresh process takes them. */
  async function ending<T>(work: Promise<T>): Promise<T> {
    const hangs = setTimeout(() => caller.kill(`no append ended within ${hangMs / 1000} s`), hangMs);
    return translated(work).finally(() => clearTimeout(hangs));
  }

  const appends = groupAppends(async (calls) => {
    const failures = await ending(caller.call("append", calls));
    return failures.map((failure) => failure && toProblem(failure));
  });

  const append: Warehouse["append"] = async (table, columns, rows, { deadlineMs }) => {
    if (rows.length === 0) return;
    const packed = packRows(rows, columns.length);
    await appends.add({ table, columns, rows: packed }, deadlineMs).finally(changed);
  };

  const load = (call: LoadCall) => ending(caller.call("load", call)).finally(changed);
  return { append, openLoad: openLoads({ folder, append, load }), drop: appends.drop };
}

/** Opened and unlinked at once: nothing is left behind, however the reader ends. */
async function openOnce(file: string): Promise<AsyncIterable<Uint8Array>> {
  const handle = await open(file, "r");
  await rm(file, { force: true });
  return createReadStream("", { fd: handle });
}

/** Moves a finished copy to its place, never over another file. */
async function place(copied: string, file: string): Promise<void> {
  try {
    await link(copied, file).catch(async (error: NodeJS.ErrnoException) => {
      // Another disk, or one without hard links.
      if (error.code === "EEXIST" || error.code === "ENOENT") throw error;
      await copyFile(copied, file, constants.COPYFILE_EXCL);
    });
    const handle = await open(file, "r+");
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    throw warehouseDown({ why: `its copy cannot be written: ${whyOf(error)}` }, error);
  } finally {
    await rm(copied, { force: true });
  }
}

function answered<Result>(work: Promise<Result>): Promise<Result> {
  const late = () => {
    throw new Error(`no answer after ${deadlineMsMax} ms`);
  };
  return translated(within(deadlineMsMax, work, late));
}

async function translated<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw error instanceof WorkerError ? toProblem(error) : warehouseDown({ why: whyOf(error) }, error);
  }
}

/** The problem that the process threw; everything else is the disk, or DuckDB: it may be tried again. */
function toProblem(failure: Failure): Problem {
  if (unsent.test(failure.message))
    return answerTooLarge(
      { why: "The answer does not fit into the memory of the warehouse's process." },
      failure,
    );
  return revived(failure, failure) ?? warehouseDown({ why: oneLine(failure.message) }, failure);
}

/** As node says it of an answer that was made and cannot be told. */
const unsent = /^Data cannot be cloned, out of memory/;
