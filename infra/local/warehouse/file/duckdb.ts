import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "../../../../functions/problem.ts";
import { warehouseDown } from "../../../../functions/problems.ts";
import { besideFiles } from "../../folder/page.ts";
import { demandOwn, fileId, type FileId } from "../../thread/own-file.ts";
import { freeBytes, megabytes } from "../../thread/disk.ts";
import { createFolding, foldsBytesMax, type FoldSettings, type Folding } from "./fold.ts";
import { createTouched, type Touched, type TouchedSettings } from "./touched.ts";
import { macros, renewViews } from "../statements/macros.ts";
import { isFatal, isHopeless } from "../statements/hopeless.ts";
import { catalog, literal, messageOf, oneLine, quoted, warehouseFileName } from "../sql.ts";

export interface DatabaseSettings extends FoldSettings, TouchedSettings {
  /** Holds the file, its WAL, `io/` (exports on their way out) and `tmp/` (what does not fit in memory). */
  readonly directory: string;
  /** Which file the warehouse was when it was opened first: whoever opens it again must find the same. */
  own?: FileId | undefined;
  /** Where a bare table name in a person's query points; made where it is missing. */
  readonly defaultDataset: string;
  /** The product's own dataset: its dead letters hold the keys to write to streams. */
  readonly productDataset: string;
  /** Whose CSV and Parquet files SQL may read; none where left out. */
  readonly filesDirectory?: string | undefined;
  /** How large the write-ahead log may grow before it is folded into the file. */
  readonly walBytesMax: number;
  /** Exports and copies stop where the disk has less left than this. */
  readonly roomBytesMin: number;
}

export interface Connections {
  /** Appends and definitions: one transaction at a time. */
  readonly writer: DuckDBConnection;
  /** The product's own reads. */
  readonly reader: DuckDBConnection;
  /** Statements of ours that write. */
  readonly maker: DuckDBConnection;
  /** Queries and exports of people. */
  readonly person: DuckDBConnection;
  /** Copies of the whole warehouse. */
  readonly copier: DuckDBConnection;
}

export interface Database {
  /** Runs work on open connections. An instance that DuckDB has given up on is closed and opened again for
   *  the next work, inside this process: DuckDB refuses everything until then. @throws warehouse_down where
   *  it cannot be opened; what `work` throws */
  use<T>(work: (connections: Connections) => Promise<T>): Promise<T>;
  readonly touch: Touched["touch"];
  /** Before the rows go in. */
  readonly fit: Touched["fit"];
  /** Tells that rows of ours were committed. */
  readonly grew: Folding["grew"];
  readonly gone: Folding["gone"];
  /** A log that cannot be folded any more would take the rest of the disk, and nothing
   *  but its room would fix that.
   *  @throws warehouse_down where the log is large and the disk has no room to fold it */
  demandRoom(): void;
  /** @throws warehouse_down where the file was removed or replaced while it is open */
  demandOwn(): void;
  /** The log that holds what was committed since the last checkpoint: a work that commits compares it. */
  log(): { id: FileId; bytes: number } | undefined;
  /** Folds the log into the file where the log is large, or many tables hold memory, and
   *  the disk has room for it. */
  checkpoint(connections: Connections): Promise<void>;
  /** Has the instance opened again before the next work: what it holds in memory may not
   *  be what was committed. */
  distrust(): void;
  /** How often it was opened: what was remembered of an earlier opening may be wrong. */
  openings(): number;
  close(): Promise<void>;
}

const walName = `${warehouseFileName}.wal`;

export async function openDatabase(settings: DatabaseSettings): Promise<Database> {
  const file = join(settings.directory, warehouseFileName);
  demandOwn(file, settings.own);
  let opened: Opened | undefined = await open(settings);
  const own = fileId(file);
  let opening: Promise<Opened> | undefined;
  let openings = 1;
  let closed = false;
  let active = 0;
  let idle: (() => void) | undefined;
  let checkpointFrom = 0;
  let distrusted: Opened | undefined;
  const folding = createFolding(settings);
  const touched = createTouched(settings);

  /** A connection that is closed under a running statement waits for itself for ever. */
  async function unused(): Promise<void> {
    if (active === 0) return;
    // What people asked for may run for minutes. Again and again: an interrupt
    // between two statements is lost.
    const interrupts = setInterval(() => {
      opened?.connections.person.interrupt();
      opened?.connections.copier.interrupt();
      opened?.connections.maker.interrupt();
    }, 20);
    await new Promise<void>((resolve) => (idle = resolve));
    clearInterval(interrupts);
  }

  function demandSame(): void {
    try {
      demandOwn(file, own);
    } catch (error) {
      throw warehouseDown({ why: messageOf(error) }, error);
    }
  }

  async function reopen(): Promise<Opened> {
    await unused();
    if (opened !== undefined) shut(opened);
    opened = undefined;
    demandSame();
    opened = await open(settings);
    openings += 1;
    touched.opened();
    checkpointed();
    return opened;
  }

  async function use<T>(work: (connections: Connections) => Promise<T>): Promise<T> {
    if (closed) throw warehouseDown({ why: "it is closed" });
    if (opening === undefined && opened === undefined)
      opening = reopen().finally(() => (opening = undefined));
    const now = opening === undefined ? opened! : await opening.catch(asDown);
    active += 1;
    try {
      return await work(now.connections);
    } catch (error) {
      const isOver = isFatal(error) || distrusted === now;
      if (isOver && opening === undefined && opened === now) {
        opening = reopen().finally(() => (opening = undefined));
        // Started here, awaited by the next work: this one has failed either way.
        opening.catch(() => {});
      }
      throw error;
    } finally {
      active -= 1;
      if (active === 0) idle?.();
    }
  }

  function checkpointed(): void {
    touched.clear();
    folding.checkpointed();
  }

  function demandRoom(): void {
    const walBytes = logBytes(settings);
    if (walBytes < settings.walBytesMax || hasRoom(settings, walBytes)) return;
    throw warehouseDown({
      why: `the disk has ${megabytes(freeBytes(settings.directory))} left; make it more than ${megabytes(2 * walBytes)}`,
    });
  }

  async function checkpoint({ writer }: Connections): Promise<void> {
    const walBytes = logBytes(settings);
    const isDue = walBytes >= settings.walBytesMax || touched.isDue();
    if (!isDue || performance.now() < checkpointFrom || !hasRoom(settings, walBytes)) return;
    try {
      await writer.run("checkpoint");
      checkpointed();
      if (await fold(writer)) await writer.run("checkpoint");
      await touched.fit(writer);
    } catch (error) {
      if (isFatal(error) || distrusted === opened) throw error;
      checkpointFrom = performance.now() + 5_000;
    }
  }

  /** @returns whether there is something new in the log: where nobody reads, a checkpoint now leaves nothing
   *  of what was folded in its old shape */
  async function fold(writer: DuckDBConnection): Promise<boolean> {
    const isAlone = active === 1;
    if (!isAlone || !folding.isDue() || !hasRoom(settings, 2 * foldsBytesMax)) return false;
    try {
      await folding.fold(writer);
      return true;
    } catch (error) {
      if (isHopeless(error)) distrusted = opened;
      throw error;
    }
  }

  async function close(): Promise<void> {
    closed = true;
    // Where it could not be opened again, there is nothing to close.
    await opening?.catch(() => {});
    await unused();
    if (opened === undefined) return;
    await folded(settings, opened.connections.writer);
    folding.checkpointed();
    shut(opened);
    opened = undefined;
  }

  return {
    use,
    touch: touched.touch,
    fit: touched.fit,
    grew: folding.grew,
    gone: folding.gone,
    demandRoom,
    demandOwn: demandSame,
    log: () => logIn(settings),
    checkpoint,
    distrust: () => (distrusted = opened),
    openings: () => openings,
    close,
  };
}

interface Opened {
  readonly instance: DuckDBInstance;
  readonly connections: Connections;
}

/** What is freed goes back to the system: 115 MiB less resident memory with hits of 100 KB. */
const givesBack = {
  allocator_background_threads: "true",
  allocator_flush_threshold: "16MB",
  allocator_bulk_deallocation_flush_threshold: "16MB",
};

async function open(settings: DatabaseSettings): Promise<Opened> {
  const { directory } = settings;
  const io = join(directory, besideFiles.io);
  const tmp = join(directory, besideFiles.tmp);
  for (const folder of [io, tmp]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // What people export lies in it for a moment, as DuckDB makes files: readable for everybody.
    chmodSync(folder, 0o700);
    for (const left of readdirSync(folder)) rmSync(join(folder, left), { recursive: true, force: true });
  }
  let instance: DuckDBInstance | undefined;
  try {
    instance = await createInstance(join(directory, warehouseFileName), {
      // A second thread makes an append of 200 rows half as dear again, and helps only queries of people.
      threads: "1",
      memory_limit: `${settings.memoryMegabytesMax}MB`,
      // DuckDB's own checkpoint, met by a full disk, says "COMMIT succeeded and is durable,
      // but" and ends the instance.
      checkpoint_threshold: "1TB",
      // A checkpoint would merge small row groups with their neighbours, and write some 2,048 rows
      // anew for that, however large they are. Never to be switched on again: it would merge all
      // that it finds. See fold.ts.
      max_vacuum_tasks: "0",
      // A table keeps a block a column in memory until the next checkpoint and a few in the
      // file: with DuckDB's 256 KiB, a thousand streams need gigabytes. 16 KiB cost a large
      // table about a tenth more room.
      default_block_size: "16384",
      ...givesBack,
      temp_directory: tmp,
      max_temp_directory_size: "8GB",
      // With one thread rows come in their order all the same. Only without it may Parquet be written in
      // groups of so many bytes, and an export of large hits fits into memory.
      preserve_insertion_order: "false",
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
    });
    const connections = {
      writer: await instance.connect(),
      reader: await instance.connect(),
      maker: await instance.connect(),
      person: await instance.connect(),
      copier: await instance.connect(),
    };
    const { writer, person } = connections;
    await writer.run("set global TimeZone = 'UTC'");
    await writer.run("pragma disable_checkpoint_on_shutdown");
    // What the log holds would be in memory otherwise, uncounted.
    await folded(settings, writer);
    await writer.run(`create schema if not exists ${quoted(settings.defaultDataset)}`);
    await renewViews(writer);
    for (const macro of macros) await person.run(macro);
    await person.run(`set search_path = ${literal(`${quoted(catalog)}.${quoted(settings.defaultDataset)}`)}`);
    // From here on no SQL reaches a file outside of these, and no SQL can undo it.
    const { filesDirectory } = settings;
    const allowed = [io, ...(filesDirectory === undefined ? [] : [filesDirectory])];
    await writer.run(
      `set allowed_directories = [${allowed.map((folder) => literal(`${folder}/`)).join(", ")}]`,
    );
    await writer.run("set enable_external_access = false");
    // But for touched.ts. People's statements are one SELECT each, and none of them sets anything.
    await writer.run("set allowed_configs = ['memory_limit']");
    await writer.run("set lock_configuration = true");
    return { instance, connections };
  } catch (error) {
    instance?.closeSync();
    return asDown(error);
  }
}

/** Of a server that was killed, the warehouse's process may live for a moment longer. */
const lockedMsMax = 5_000;

/** @throws what DuckDB said, also where another program holds the file for longer than that */
export async function createInstance(file: string, options: Record<string, string>): Promise<DuckDBInstance> {
  const until = performance.now() + lockedMsMax;
  for (;;) {
    try {
      return await DuckDBInstance.create(file, options);
    } catch (error) {
      if (!/Could not set lock/.test(messageOf(error)) || performance.now() >= until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** A checkpoint at either end of a run. Nothing depends on it. */
async function folded(settings: DatabaseSettings, writer: DuckDBConnection): Promise<void> {
  const walBytes = logBytes(settings);
  if (walBytes === 0 || !hasRoom(settings, walBytes)) return;
  // The log is read at the next start.
  await writer.run("checkpoint").catch(() => {});
}

/** A checkpoint that meets a full disk ends the instance; twice the log is more than one
 *  was ever seen to need. */
function hasRoom(settings: DatabaseSettings, walBytes: number): boolean {
  return freeBytes(settings.directory) > 2 * walBytes;
}

function shut({ instance, connections }: Opened): void {
  for (const connection of Object.values(connections)) connection.closeSync();
  instance.closeSync();
}

function asDown(error: unknown): never {
  throw error instanceof Problem ? error : warehouseDown({ why: oneLine(error) }, error);
}

function logIn({ directory }: DatabaseSettings): { id: FileId; bytes: number } | undefined {
  const file = join(directory, walName);
  const id = fileId(file);
  const bytes = statSync(file, { throwIfNoEntry: false })?.size;
  return id === undefined || bytes === undefined ? undefined : { id, bytes };
}

/** stat never opens the file: opening and closing it once in this process would drop DuckDB's lock on it. */
function logBytes({ directory }: DatabaseSettings): number {
  const file = join(directory, walName);
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
