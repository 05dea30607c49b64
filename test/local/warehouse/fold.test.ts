/** Checkpoints write what is new and no more; small row groups are folded, exactly once. */
import { afterEach, expect, test } from "@jest/globals";
import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  openDatabase,
  type Database,
  type DatabaseSettings,
} from "../../../infra/local/warehouse/file/duckdb.ts";
import { createFolding } from "../../../infra/local/warehouse/file/fold.ts";
import { openStore } from "../../../infra/local/warehouse/store.ts";
import { warehouseFileName } from "../../../infra/local/warehouse/sql.ts";
import type { WarehouseApi } from "../../../infra/local/warehouse/warehouse.ts";
import { appendOne, foldSettings, orders, ordersSpec } from "../../faults/folding.ts";
import { inFolder } from "../../support/folder.ts";
import { needing } from "../../support/needs.ts";
import { until } from "../../support/until.ts";
import { bytesWritten, notCounted } from "../../support/machine/written.ts";

interface Opened {
  readonly store: WarehouseApi;
  readonly database: Database;
}

/** A warehouse with the table crm.orders, in this process. */
async function withStore(
  directory: string,
  work: (opened: Opened) => Promise<void>,
  given: Partial<DatabaseSettings> = {},
): Promise<void> {
  const settings = { ...foldSettings(directory), ...given };
  const database = await openDatabase(settings);
  try {
    const store = await openStore(database, settings);
    await store.createDataset(orders);
    await store.createTable({ table: orders, spec: ordersSpec });
    await work({ store, database });
  } finally {
    await database.close();
  }
}

async function rowsOf(connection: DuckDBConnection, sql: string): Promise<unknown[][]> {
  return (await connection.runAndReadAll(sql)).getRowsJson();
}

/** Reads the file of a warehouse that has ended. */
async function inFile<Result>(
  directory: string,
  work: (connection: DuckDBConnection) => Promise<Result>,
): Promise<Result> {
  const instance = await DuckDBInstance.create(join(directory, warehouseFileName), { max_vacuum_tasks: "0" });
  const connection = await instance.connect();
  try {
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** How many rows each row group of the table has. */
const groupsIn = (directory: string): Promise<number[]> =>
  inFile(directory, async (connection) => {
    const found = await rowsOf(
      connection,
      "select max(start + count) - min(start) from pragma_storage_info('crm.orders') group by row_group_id order by row_group_id",
    );
    return found.map(([rows]) => Number(rows));
  });
const hitsIn = (directory: string): Promise<unknown[]> =>
  inFile(directory, async (connection) =>
    (await rowsOf(connection, "select hit_id, payload from crm.orders order by all")).map(
      ([hit, payload]) => {
        expect(payload).toBe(`of ${String(hit)}`);
        return hit;
      },
    ),
  );
const named = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => `h${from + index}`);

test("a table that gets a trickle is folded, each row once, also over restarts", () =>
  inFolder(async (directory) => {
    await withStore(directory, async ({ store }) => {
      for (const hit of named(19)) await appendOne(store, hit);
    });
    expect(await groupsIn(directory)).toEqual([4, 4, 4, 4, 1, 1, 1]);
    for (const hit of named(3, 19)) await withStore(directory, async ({ store }) => appendOne(store, hit));
    // The first of them is the fourth small group: it is folded with the three from before the stop.
    expect(await groupsIn(directory)).toEqual([4, 4, 4, 4, 4, 1, 1]);
    expect(await hitsIn(directory)).toEqual(named(22).toSorted());
  }));

test("without what it remembered, and with false numbers there, no row is lost or doubled", () =>
  inFolder(async (directory) => {
    for (const [round, hint] of [
      "",
      "[]",
      '{"\\"warehouse\\".\\"crm\\".\\"orders\\"":{"rows":1000,"groups":3,"bytes":1}}',
    ].entries()) {
      await writeFile(join(directory, "warehouse.tails.json"), hint);
      await withStore(directory, async ({ store }) => {
        for (const hit of named(5, 5 * round)) await appendOne(store, hit);
      });
    }
    expect(await hitsIn(directory)).toEqual(named(15).toSorted());
  }));

test("rows that are large enough are not folded", () =>
  inFolder(async (directory) => {
    await withStore(directory, async ({ store }) => {
      for (const hit of named(6)) await appendOne(store, hit, "x".repeat(3_000_000));
    });
    expect(await groupsIn(directory)).toEqual([1, 1, 1, 1, 1, 1]);
  }));

test("a table that somebody gave a key is left as it is, and takes rows all the same", () =>
  inFolder(async (directory) => {
    await withStore(directory, async ({ store }) => appendOne(store, "h0"));
    await inFile(directory, async (connection) =>
      connection.run("create unique index mine on crm.orders(hit_id)"),
    );
    await withStore(directory, async ({ store }) => {
      for (const hit of named(11, 1)) await appendOne(store, hit);
    });
    expect(await hitsIn(directory)).toEqual(named(12).toSorted());
  }));

test("whoever reads while groups are folded sees each row once, before, meanwhile and afterwards", () =>
  inFolder((directory) =>
    withStore(directory, async ({ store, database }) => {
      const seen =
        "select count(*), count(distinct hit_id), sum(hash(hit_id, payload))::varchar from crm.orders";
      for (const hit of named(40)) await appendOne(store, hit);
      await database.use(async ({ writer, person, reader }) => {
        const before = await rowsOf(reader, seen);
        await person.run("begin transaction read only");
        expect(await rowsOf(person, seen)).toEqual(before);
        const folding = createFolding({ directory: join(directory, "io"), foldGroupsMin: 1 });
        folding.grew('"warehouse"."crm"."orders"', 30, 3_000);
        folding.checkpointed();
        await folding.fold(writer);
        for (const connection of [person, reader, writer])
          expect(await rowsOf(connection, seen)).toEqual(before);
        await writer.run("checkpoint");
        for (const connection of [person, reader, writer])
          expect(await rowsOf(connection, seen)).toEqual(before);
        await person.run("rollback");
        await writer.run("checkpoint");
        expect(await rowsOf(person, seen)).toEqual(before);
      });
    }),
  ));

test("queries while rows arrive and are folded count exactly", () =>
  inFolder((directory) =>
    withStore(directory, async ({ store, database }) => {
      let appended = 0;
      let ended = false;
      let reading = false;
      let alone: Promise<void> | undefined;
      const append = async (hit: string): Promise<void> => {
        await appendOne(store, hit);
        appended += 1;
      };
      const appends = (async () => {
        for (const [index, hit] of named(120).entries()) {
          // A fold begins only where nobody reads: every tenth row is given that moment,
          // the others take what comes.
          if (index % 10 === 9) await (alone = until("nobody reads", () => !reading).then(() => append(hit)));
          else await append(hit);
          alone = undefined;
        }
      })().finally(() => (ended = true));
      while (!ended) {
        await alone;
        const least = appended;
        reading = true;
        const [[rows, hits] = []] = await database.use(({ person }) =>
          rowsOf(person, "select count(*)::int, count(distinct hit_id)::int from crm.orders"),
        );
        reading = false;
        expect(rows).toBe(hits);
        expect(rows).toBeGreaterThanOrEqual(least);
        expect(rows).toBeLessThanOrEqual(appended + 1);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await appends;
      await database.use(async ({ reader }) => {
        const groups = "select count(distinct row_group_id)::int from pragma_storage_info('crm.orders')";
        expect((await rowsOf(reader, groups))[0]![0]).toBeLessThan(120);
      });
    }),
  ));

const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
});

test(
  "killed at any moment while it folds, it has every row once",
  () =>
    inFolder(async (directory) => {
      const worker = fileURLToPath(new URL("../../faults/folding.worker.ts", import.meta.url));
      let next = 0;
      for (let round = 0; round < 8; round += 1) {
        const child = spawn(process.execPath, [worker, directory, String(next)], {
          stdio: ["ignore", "pipe", "inherit"],
        });
        children.add(child);
        const from = next;
        child.stdout.on("data", (chunk: Buffer) => {
          for (const line of chunk.toString().trim().split("\n")) next = Number(line) + 1;
        });
        await until("rows are there", () => next >= from + 12 + round);
        // Once all that it has said is read, which its end alone does not mean.
        const closed = once(child, "close");
        child.kill("SIGKILL");
        await closed;
        children.delete(child);
        const hits = await hitsIn(directory);
        expect(new Set(hits).size).toBe(hits.length);
        // The last one may be there though nobody was told.
        expect([next, next + 1]).toContain(hits.length);
        expect(hits).toEqual(named(hits.length).toSorted());
        next = hits.length;
      }
    }),
  600_000,
);

needing(notCounted(), () => {
  test("a checkpoint writes what is new, however large the table is", () =>
    inFolder((directory) =>
      withStore(
        directory,
        async ({ store }) => {
          const given = 40;
          const before = bytesWritten(process.pid);
          for (const hit of named(given))
            await appendOne(store, hit, Buffer.alloc(1_000_000, hit).toString("latin1"));
          const written = bytesWritten(process.pid) - before;
          // Once into the log, once into the file. Merging wrote 20 times as much here.
          expect(written / (given * 1_000_000)).toBeLessThan(2.5);
        },
        { foldGroupsMin: 32 },
      ),
    ));
});
