import type { DuckDBConnection } from "@duckdb/node-api";
import type { WarehouseApi } from "./warehouse.ts";
import { answerTooLarge, warehouseDown } from "../../../functions/problems.ts";
import type { TableRef } from "../../../functions/table.ts";
import type { Selection } from "../../../functions/warehouse.ts";
import { loadCatalogue } from "./tables.ts";
import type { Connections, Database, DatabaseSettings } from "./file/duckdb.ts";
import { createAppend } from "./append.ts";
import { oneByOne } from "../thread/in-turn.ts";
import { createRequests } from "./requests.ts";
import { isOutOfMemory } from "./statements/hopeless.ts";
import { describeFiles } from "./reading/files.ts";
import { looked } from "./reading/looks.ts";
import { selectRows, whole } from "./reading/select.ts";
import { literal, sqlName } from "./sql.ts";
import { unionRows } from "./reading/union.ts";
import { verifyTables } from "./file/verify.ts";
import { writeTogether } from "./file/write.ts";

/** Works that may wait for a connection. */
const waitingMax = 1000;

/** What the warehouse's thread does with a request. Appends, definitions and checkpoints share one
 *  connection and go one after another; statements of ours, the product's reads, people's queries and copies
 *  have a connection each and go beside them. */
export async function openStore(database: Database, settings: DatabaseSettings): Promise<WarehouseApi> {
  let catalogue = await database.use(({ reader }) => loadCatalogue(reader));
  const full = () => warehouseDown({ why: "too many requests wait for it" });
  const writes = oneByOne(waitingMax, full);
  const reads = oneByOne(waitingMax, full);
  const makes = oneByOne(waitingMax, full);
  let loaded = database.openings();
  const write = <T>(work: (connections: Connections) => Promise<T>) =>
    writes(() =>
      database.use(async (connections) => {
        if (loaded !== database.openings()) catalogue = await loadCatalogue(connections.writer);
        loaded = database.openings();
        return work(connections);
      }),
    );
  const commits = createAppend(database, (table) => catalogue.get(table));

  const columnsOf = (table: TableRef) => catalogue.get(table).columns;
  const read = <T>(work: (connections: Connections) => Promise<T>) =>
    reads(() => database.use(work)).catch((error: unknown) => {
      if (!isOutOfMemory(error)) throw error;
      throw answerTooLarge({ why: "The warehouse's memory does not hold these rows at once." }, error);
    });
  const some = (selection: Selection) =>
    read(async ({ reader }) => selectRows(reader, columnsOf(selection.from), selection));

  const commit = (maker: DuckDBConnection, changed: number) =>
    inOwnFile(
      database,
      maker,
      async () => void (await maker.run("commit")),
      () => changed > 0,
    );
  /** @param end commits, in its turn among the appends */
  const make = (
    ask: Parameters<WarehouseApi["write"]>[0],
    end: (maker: DuckDBConnection, changed: number) => Promise<void>,
  ) =>
    makes(() =>
      database.use(({ maker }) => {
        database.demandRoom();
        return writeTogether(maker, ask, (changed) => writes(() => end(maker, changed)));
      }),
    );
  function take<T>(work: (writer: DuckDBConnection) => Promise<T>, hasCommitted: (done: T) => boolean) {
    const done = write(({ writer }) => {
      database.demandRoom();
      return inOwnFile(database, writer, () => work(writer), hasCommitted);
    });
    // The answer does not wait for it: the next group does. A failure shows with
    // that group, where it lasts.
    void write((connections) => database.checkpoint(connections)).catch(() => {});
    return done;
  }

  return {
    append: (calls) =>
      take(
        (writer) => commits.append(writer, calls),
        (failures) => failures.includes(undefined),
      ),
    load: (call) =>
      take(
        (writer) => commits.load(writer, call),
        (isTaken) => isTaken,
      ),
    select: async (selection) => whole(await some(selection)),
    selectSome: some,
    selectUnion: (selection) => read(({ reader }) => unionRows(reader, columnsOf, selection)),
    ready: async () => undefined,
    describe: async (tables) => tables.map((table) => looked(() => catalogue.describe(table))),
    describeFiles: (from) => read(({ reader }) => describeFiles(reader, from)),
    ownTables: async () => catalogue.ownTables(),
    createDataset: (table) => write(({ writer }) => catalogue.createDataset(writer, table)),
    createTable: ({ table, spec }) => write(({ writer }) => catalogue.createTable(writer, table, spec)),
    addColumns: ({ table, columns }) => write(({ writer }) => catalogue.addColumns(writer, table, columns)),
    putView: ({ view, definition }) => write(({ writer }) => catalogue.putView(writer, view, definition)),
    dropDataset: (dataset) =>
      write(async ({ writer }) => {
        for (const table of await catalogue.dropDataset(writer, dataset)) database.gone(table);
      }),
    write: (ask) => make(ask, commit),
    replaceTable: ({ table, replacement, deadlineMs }) =>
      make({ statements: catalogue.replacing(table, replacement), deadlineMs }, async (maker) => {
        await commit(maker, 1);
        await catalogue.replaced(maker, table, replacement);
        database.gone(sqlName(table));
      }),
    verify: () => database.use(({ copier }) => verifyTables(copier)),
    note: (page) =>
      write(({ writer }) =>
        inOwnFile(
          database,
          writer,
          () => notePage(writer, page),
          () => true,
        ),
      ),
    ...createRequests(database, settings, () => catalogue),
  };
}

/** Commits into the file that the path names, or not at all for whoever waits. Where the log alone was
 *  removed, everything that it held is folded into the file.
 *  @throws warehouse_down */
async function inOwnFile<T>(
  database: Database,
  writer: DuckDBConnection,
  work: () => Promise<T>,
  hasCommitted: (done: T) => boolean,
): Promise<T> {
  database.demandOwn();
  const before = database.log();
  const done = await work();
  database.demandOwn();
  const after = database.log();
  const grew =
    after !== undefined && (before === undefined || (before.id === after.id && before.bytes < after.bytes));
  if (!grew && hasCommitted(done)) await writer.run("checkpoint");
  return done;
}

/** One row, in a dataset that no stream can name. */
async function notePage(writer: DuckDBConnection, page: string): Promise<void> {
  await writer.run("create table if not exists main.house(page varchar)");
  const updated = await writer.runAndReadAll(`update main.house set page = ${literal(page)}`);
  if (Number(updated.getRows()[0]?.[0]) > 0) return;
  await writer.run(`insert into main.house values (${literal(page)})`);
}
