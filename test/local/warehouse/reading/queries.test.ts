import { expect, test } from "@jest/globals";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { openWarehouse } from "../../../../infra/local/warehouse/warehouse.ts";
import { problemOf } from "../../../promises/warehouse/setup.ts";
import { inFolder } from "../../../support/folder.ts";
import { until } from "../../../support/until.ts";
import { add, deadlineMs, hitsIn, log, withWarehouse } from "../setup.ts";

/** Queries of people take turns, end, and make way. */

const ask = { rowsMax: 100, deadlineMs };
const slow = "select count(*) from range(1000000000) a, range(1000000000) b";

test("a query past its deadline is ended, and appends go on beside it", async () => {
  await withWarehouse(async (warehouse) => {
    const gone = new AbortController();
    const options = { rowsMax: 1, deadlineMs: 600_000, signal: gone.signal };
    const beside = problemOf(warehouse.query(slow, options));
    let count = 0;
    while (count < 6) await add(warehouse, `h${(count += 1)}`);
    gone.abort();
    expect((await beside).message).toContain("Nobody waits for the query");
    const query = problemOf(warehouse.query(slow, { rowsMax: 1, deadlineMs: 1_500 }));
    expect((await query).message).toMatch(/longer than 1.5 s/);
    expect(await hitsIn(warehouse)).toHaveLength(count);
    expect((await warehouse.query("select 1 as a", ask)).rows).toEqual([[1]]);
  });
});

test("a query that nobody waits for ends at once, and makes way for the next one", async () => {
  await withWarehouse(async (warehouse) => {
    const gone = new AbortController();
    const options = { rowsMax: 1, deadlineMs: 600_000, signal: gone.signal };
    const runs = problemOf(warehouse.query(slow, options));
    const next = warehouse.query("select 1 as a", ask);
    gone.abort();
    expect((await next).rows).toEqual([[1]]);
    expect((await runs).message).toContain("Nobody waits for the query");
    expect((await problemOf(warehouse.query(slow, options))).code).toBe("query_refused");
  });
});

test("an export that nobody waits for leaves the line, and the others stay in it", async () => {
  await withWarehouse(async (warehouse, directory) => {
    const first = new AbortController();
    const runs = problemOf(
      warehouse.query(slow, {
        rowsMax: 1,
        deadlineMs: 600_000,
        signal: first.signal,
      }),
    );
    const gone = new AbortController();
    const left = problemOf(warehouse.export("select 1", "csv", { signal: gone.signal }));
    const next = warehouse.query("select 1 as a", ask);
    gone.abort();
    expect((await left).code).toBe("query_refused");
    first.abort();
    expect((await next).rows).toEqual([[1]]);
    await runs;
    expect(await readdir(join(directory, "io"))).toEqual([]);
  });
});

test("a query has its whole deadline from its turn on", async () => {
  await withWarehouse(async (warehouse) => {
    const before = problemOf(warehouse.query(slow, { rowsMax: 1, deadlineMs: 5_000 }));
    const { rows } = await warehouse.query("select 1 as a", {
      rowsMax: 1,
      deadlineMs: 4_500,
    });
    expect(rows).toEqual([[1]]);
    await before;
  });
});

test("a query whose turn does not come is told that others run", async () => {
  await withWarehouse(
    async (warehouse) => {
      const gone = new AbortController();
      const runs = problemOf(
        warehouse.query(slow, {
          rowsMax: 1,
          deadlineMs: 600_000,
          signal: gone.signal,
        }),
      );
      const { code, status, message } = await problemOf(warehouse.query("select 1", ask));
      expect([code, status]).toEqual(["warehouse_busy", 503]);
      expect(message).toMatch(/^Other queries run, and none ended within 0.2 s. .* Try again/);
      gone.abort();
      await runs;
    },
    { queryWaitMs: 200 },
  );
});

test("a query that runs does not hold up the stop", async () => {
  await inFolder(async (directory) => {
    const warehouse = await openWarehouse({ directory, log });
    const query = problemOf(warehouse.query(slow, { rowsMax: 1, deadlineMs: 600_000 }));
    await until(
      "the query runs",
      async () => (await warehouse.describe({ dataset: "main", table: "x" })) === undefined,
    );
    await warehouse.close();
    expect(["query_refused", "warehouse_down"]).toContain((await query).code);
  });
});
