/** An answer has all rows, or it is none: DuckDB says that a result is at its end also
 *  where it failed half-way. */
import { expect, test } from "@jest/globals";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { warehouseFileName } from "../../../../infra/local/warehouse/sql.ts";
import { problemOf } from "../../../promises/warehouse/setup.ts";
import { inFolder } from "../../../support/folder.ts";
import { byHand, deadlineMs, withWarehouse } from "../setup.ts";

const ask = { rowsMax: 400_000, deadlineMs };
/** Fails behind rows that DuckDB has handed out by then. */
const failing = (value: string) =>
  `select repeat('x', 10) as a, case when i = 299998 then ${value} else 1 end as b from range(300000) t(i)`;
const failures: [string, RegExp][] = [
  [failing("cast('many' as integer)"), /Could not convert string 'many' to INT32/],
  [failing("error('words of a person')"), /words of a person/],
  [failing("cast(1000 as tinyint)"), /1000/],
  [`${failing("cast('many' as integer)")}; `, /Could not convert/],
];

test.each(failures)("a query that fails behind its first rows gives none, and says why: %s", (sql, why) =>
  withWarehouse(async (warehouse) => {
    const problem = await problemOf(warehouse.query(sql, ask));
    expect(problem).toMatchObject({ code: "query_refused", message: expect.stringMatching(why) });
    expect((await warehouse.query("select 1 as a", ask)).rows).toEqual([[1]]);
  }),
);

test.each(["csv", "excel", "parquet"] as const)(
  "an export to %s that fails behind its first rows leaves no file, and says why",
  (format) =>
    withWarehouse(async (warehouse, directory) => {
      for (const [sql, why] of failures) {
        const problem = await problemOf(warehouse.export(sql, format));
        expect(problem).toMatchObject({ code: "query_refused", message: expect.stringMatching(why) });
        expect(await readdir(join(directory, "io"))).toEqual([]);
      }
    }),
);

test("a read of a view that fails behind its first rows gives none, and says why", () =>
  inFolder(async (directory) => {
    const file = join(directory, warehouseFileName);
    await byHand(file, "create schema crm", `create view crm.bad as ${failing("cast('many' as integer)")}`);
    await withWarehouse(
      async (warehouse) => {
        const problem = await problemOf(
          warehouse.select({ from: { dataset: "crm", table: "bad" }, limit: 400_000 }),
        );
        expect(problem.message).toMatch(/Could not convert string 'many' to INT32/);
        const some = await warehouse.select({ from: { dataset: "crm", table: "bad" }, limit: 1 });
        expect(some).toHaveLength(1);
      },
      { directory },
    );
  }));

test("what is cut to the rows that were asked for is no failure", () =>
  withWarehouse(async (warehouse) => {
    const some = await warehouse.query(failing("cast('many' as integer)"), { ...ask, rowsMax: 10 });
    expect(some).toMatchObject({ truncated: true });
    expect(some.rows).toHaveLength(10);
  }));
