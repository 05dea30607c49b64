import { describe, expect, test } from "@jest/globals";
import { join } from "node:path";
import type { TableRef } from "../../../functions/table.ts";
import { warehouseFileName } from "../../../infra/local/warehouse/sql.ts";
import type { LocalWarehouse } from "../../../infra/local/warehouse/warehouse.ts";
import { columns, problemOf, row } from "../../promises/warehouse/setup.ts";
import { inFolder } from "../../support/folder.ts";
import { add, byHand, deadlineMs, hitsIn, orders, withWarehouse } from "./setup.ts";

describe("tables that somebody else made", () => {
  const other = (table: string): TableRef => ({ dataset: "crm", table });
  const four = columns.slice(0, 4);
  const four_sql =
    "hit_id varchar not null, payload varchar not null, received_at bigint not null, date date not null";
  const made = [
    "create schema crm",
    `create table crm.keyed(${four_sql}, primary key (hit_id))`,
    `create table crm.checked(${four_sql}, check (payload <> 'bad'))`,
    `create table crm.typed(hit_id uuid, payload varchar, received_at integer, date date, tags varchar[], price decimal(9, 2))`,
  ];
  const hit = (hit_id: string, payload = "p") => row({ hit_id, payload }).slice(0, 4);

  async function withTheirs(work: (warehouse: LocalWarehouse) => Promise<void>): Promise<void> {
    await inFolder(async (directory) => {
      await byHand(join(directory, warehouseFileName), ...made);
      await withWarehouse(work, { directory });
    });
  }

  test("they are described in DuckDB's words and are not ours", async () => {
    await withTheirs(async (warehouse) => {
      expect(await warehouse.describe(other("typed"))).toEqual({
        kind: "table",
        ours: false,
        columns: [
          { name: "hit_id", type: "UUID", required: false },
          { name: "payload", type: "STRING", required: false },
          { name: "received_at", type: "INTEGER", required: false },
          { name: "date", type: "DATE", required: false },
          { name: "tags", type: "ARRAY<STRING>", required: false },
          { name: "price", type: "DECIMAL(9,2)", required: false },
        ],
      });
      const problem = await problemOf(warehouse.append(other("typed"), four, [hit("a")], { deadlineMs }));
      expect(problem.message).toContain("the column hit_id is UUID, STRING is needed");
      // Columns that are not written may have any type.
      const two = [columns[1]!, columns[3]!];
      await warehouse.append(other("typed"), two, [["p", "2024-01-01"]], {
        deadlineMs,
      });
      expect(
        await warehouse.select({
          from: other("typed"),
          columns: ["payload", "tags", "price"],
          limit: 9,
        }),
      ).toEqual([{ payload: "p", tags: null, price: null }]);
    });
  });

  test("rows that only the table's own rules refuse are named, and one such table fails alone in its group", async () => {
    await withTheirs(async (warehouse) => {
      const rows = Array.from({ length: 50 }, (_, index) =>
        hit(`h${index}`, index === 17 || index === 40 ? "bad" : "good"),
      );
      const sick = problemOf(warehouse.append(other("checked"), four, rows, { deadlineMs }));
      const well = Array.from({ length: 20 }, (_, index) => add(warehouse, `w${index}`));
      await Promise.all(well);
      const problem = await sick;
      expect(problem.code).toBe("row_refused");
      expect((problem.facts as { rows: { index: number }[] }).rows.map(({ index }) => index)).toEqual([
        17, 40,
      ]);
      expect(await hitsIn(warehouse)).toHaveLength(20);
      expect(await hitsIn(warehouse, other("checked"))).toEqual([]);
    });
  });

  test("a failed append leaves nothing behind that a later one would write", async () => {
    await withTheirs(async (warehouse) => {
      const table = other("keyed");
      await warehouse.append(table, four, [hit("a")], { deadlineMs });
      const problem = await problemOf(
        warehouse.append(table, four, [hit("b"), hit("a"), hit("c")], {
          deadlineMs,
        }),
      );
      expect((problem.facts as { rows: { index: number }[] }).rows.map(({ index }) => index)).toEqual([1]);
      await warehouse.append(table, four, [hit("b"), hit("c")], { deadlineMs });
      expect(await hitsIn(warehouse, table)).toEqual(["a", "b", "c"]);
      // Two rows that clash only with each other.
      const twice = await problemOf(warehouse.append(table, four, [hit("d"), hit("d")], { deadlineMs }));
      expect(twice.code).toBe("row_refused");
      expect(await hitsIn(warehouse, table)).toHaveLength(3);
    });
  });

  test("a view of a person is not replaced by ours", async () => {
    await inFolder(async (directory) => {
      await byHand(
        join(directory, warehouseFileName),
        "create schema crm",
        "create view crm.orders_unique as select 1 as a",
      );
      await withWarehouse(
        async (warehouse) => {
          const view = other("orders_unique");
          expect((await problemOf(warehouse.putView(view, { kind: "unique", of: orders }))).code).toBe(
            "schema_differs",
          );
          expect(await warehouse.describe(view)).toMatchObject({
            kind: "view",
            ours: false,
          });
          expect((await problemOf(warehouse.append(view, columns, [row({})], { deadlineMs }))).code).toBe(
            "schema_differs",
          );
        },
        { directory },
      );
    });
  });
});
