import { describe, expect, test } from "@jest/globals";
import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TableRef } from "../../../functions/table.ts";
import { warehouseFileName } from "../../../infra/local/warehouse/sql.ts";
import { columns, problemOf, row, spec } from "../../promises/warehouse/setup.ts";
import { inFolder } from "../../support/folder.ts";
import { add, byHand, bytesOf, deadlineMs, hitsIn, orders, withWarehouse } from "./setup.ts";

describe("files", () => {
  test("an export gives the rows as Parquet and CSV and leaves nothing behind", async () => {
    await withWarehouse(async (warehouse, directory) => {
      await warehouse.append(
        orders,
        columns,
        [row({ hit_id: "a", payload: 'x,"y"\n' }), row({ hit_id: "b", fields: '{"k":1}' })],
        { deadlineMs },
      );
      const parquet = await bytesOf(
        await warehouse.export("select * from crm.orders order by hit_id", "parquet"),
      );
      const csv = await bytesOf(
        await warehouse.export("select hit_id, payload from crm.orders order by hit_id;", "csv"),
      );
      expect(csv.toString()).toBe('hit_id,payload\r\na,"x,""y""\n"\r\nb,p\r\n');
      const file = join(directory, "out.parquet");
      await writeFile(file, parquet);
      expect(
        await byHand(
          ":memory:",
          `select hit_id, payload, received_at::varchar, date::varchar, fields->>'k' from '${file}'`,
        ),
      ).toEqual([
        ["a", 'x,"y"\n', "1603131452000", "2020-10-19", null],
        ["b", "p", "1603131452000", "2020-10-19", "1"],
      ]);
      // Leaving early is fine too.
      for await (const _ of await warehouse.export("select * from crm.orders", "csv")) break;
      expect(await readdir(join(directory, "io"))).toEqual([]);
    });
  });

  test.each([
    "select 'it''s; 1' as a; -- hi",
    "select 'it''s; 1' as a -- hi;",
    "select 'it''s; 1' as a;; /* ;\n */ ;",
    "-- hi\nselect $$it's; 1$$ as a",
  ])("semicolons and comments change nothing: %j", async (sql) => {
    await withWarehouse(async (warehouse) => {
      const csv = await bytesOf(await warehouse.export(sql, "csv"));
      expect(csv.toString()).toBe("a\r\nit's; 1\r\n");
      const { rows } = await warehouse.query(sql, { rowsMax: 9, deadlineMs });
      expect(rows).toEqual([["it's; 1"]]);
    });
  });

  test("an export to Parquet of large hits, still in the log, fits into memory and keeps their order", async () => {
    await withWarehouse(
      async (warehouse, directory) => {
        const ids = Array.from({ length: 40 }, (_, n) => `h${n}`);
        for (const hit_id of ids) {
          const payload = `${hit_id},`.repeat(4_000_000 / `${hit_id},`.length);
          await warehouse.append(orders, columns, [row({ hit_id, payload })], { deadlineMs });
        }
        const file = join(directory, "large.parquet");
        await writeFile(file, await bytesOf(await warehouse.export("select * from crm.orders", "parquet")));
        const read = `select hit_id, length(payload) > 3_999_000 from '${file}'`;
        expect(await byHand(":memory:", read)).toEqual(ids.map((id) => [id, true]));
      },
      { memoryMegabytesMax: 400 },
    );
  });

  test("what a killed server left of exports is removed at the next start", async () => {
    await inFolder(async (directory) => {
      for (const folder of ["io", "tmp"]) {
        await mkdir(join(directory, folder));
        await writeFile(join(directory, folder, "left.parquet"), "x");
      }
      await withWarehouse(
        async () => {
          expect([await readdir(join(directory, "io")), await readdir(join(directory, "tmp"))]).toEqual([
            [],
            [],
          ]);
        },
        { directory },
      );
    });
  });

  test("a copy made while rows arrive holds a moment's state, with its views, under any name", async () => {
    await withWarehouse(async (warehouse, directory) => {
      const view = { ...orders, table: "orders_unique" };
      await warehouse.putView(view, { kind: "unique", of: orders });
      const file = join(directory, "any name.duckdb");
      await add(warehouse, "h00000");
      let copied = false;
      const copying = warehouse.snapshot(file).finally(() => (copied = true));
      let count = 1;
      while (!copied)
        await add(warehouse, `h${String(count++).padStart(5, "0")}`, `h${String(count++).padStart(5, "0")}`);
      await copying;
      const [[total, unique, highest] = []] = await byHand(
        file,
        "select count(*)::int, (select count(*)::int from crm.orders_unique), max(hit_id) from crm.orders",
      );
      // Whole appends, none missing before the last: the first one, then pairs.
      expect(unique).toBe(total);
      expect(Number(total) % 2).toBe(1);
      expect(highest).toBe(`h${String(Number(total) - 1).padStart(5, "0")}`);
      expect(await hitsIn(warehouse)).toHaveLength(count);
      expect(await readdir(join(directory, "io"))).toEqual([]);
    });
  });

  test("a copy is a warehouse: the server starts on it and goes on", async () => {
    await withWarehouse(async (warehouse, directory) => {
      await add(warehouse, "a");
      const described = await warehouse.describe(orders);
      const elsewhere = join(directory, "elsewhere");
      await mkdir(elsewhere);
      await warehouse.snapshot(join(elsewhere, warehouseFileName));
      await withWarehouse(
        async (restored) => {
          expect(await restored.describe(orders)).toEqual(described);
          await add(restored, "b");
          expect(await hitsIn(restored)).toEqual(["a", "b"]);
        },
        { directory: elsewhere },
      );
    });
  });

  test("a copy never overwrites a file", async () => {
    await withWarehouse(async (warehouse, directory) => {
      const file = join(directory, "there");
      await writeFile(file, "mine");
      expect((await problemOf(warehouse.snapshot(file))).code).toBe("warehouse_down");
      expect((await stat(file)).size).toBe(4);
      expect((await problemOf(warehouse.snapshot(join(directory, "no", "folder")))).code).toBe(
        "warehouse_down",
      );
      expect(await readdir(join(directory, "io"))).toEqual([]);
    });
  });

  test("a large log is folded into the file while rows arrive", async () => {
    await withWarehouse(
      async (warehouse, directory) => {
        const wal = join(directory, `${warehouseFileName}.wal`);
        const payload = "x".repeat(100_000);
        for (let index = 0; index < 30; index += 1)
          await warehouse.append(orders, columns, [row({ hit_id: `h${index}`, payload })], { deadlineMs });
        const walBytes = await stat(wal).then(
          ({ size }) => size,
          () => 0,
        );
        expect(walBytes).toBeLessThan(2_000_000);
        expect(await hitsIn(warehouse)).toHaveLength(30);
      },
      { walBytesMax: 1_000_000 },
    );
  });

  test("more tables than memory holds between two checkpoints take rows, each once", async () => {
    await withWarehouse(
      async (warehouse) => {
        const tables = Array.from({ length: 650 }, (_, index): TableRef => ({
          dataset: "crm",
          table: `t${index}`,
        }));
        for (const table of tables) await warehouse.createTable(table, spec);
        await Promise.all(
          tables.map((table) => warehouse.append(table, columns, [row({})], { deadlineMs: 60_000 })),
        );
        const each = tables.map(({ table }) => `select count(*) as n from crm.${table}`);
        // As many as one statement of a person may read.
        for (let from = 0; from < each.length; from += 130) {
          const some = each.slice(from, from + 130).join(" union all ");
          const sql = `select sum(n), max(n) from (${some})`;
          const { rows } = await warehouse.query(sql, { rowsMax: 1, deadlineMs });
          expect(rows).toEqual([[130, 1]]);
        }
      },
      { memoryMegabytesMax: 256 },
    );
  });
});
