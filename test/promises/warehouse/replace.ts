import { expect } from "@jest/globals";
import { column, deadlineMs, problemOf, type Promised } from "./setup.ts";

const loaded = [column("date", "DATE", true), column("cells", "JSON")];

export function replacePromises(promise: Promised): void {
  promise("a table becomes what a SELECT gives, and another one in its place", async (setup) => {
    const { warehouse, made, freshTable } = setup;
    const { sql } = warehouse;
    const staged = await made(loaded);
    const load = warehouse.openLoad(staged, loaded, { id: `${staged.table}.1`, deadlineMs });
    await load.add([
      ["2026-11-20", '["12","1.5","true","2026-11-20T10:00:00.5Z","{\\"a\\":[1]}","t"]'],
      ["2026-11-21", "[null,null,null,null,null,null]"],
    ]);
    await load.end();
    const cell = (index: number) => sql.jsonValue(sql.name("cells"), `$[${index}]`);
    const columns = {
      day: sql.name("date"),
      whole: sql.integer(cell(0)),
      part: sql.float(cell(1)),
      is_it: `CAST(${cell(2)} AS BOOL)`,
      seconds: sql.micros(sql.moment(cell(3))),
      more: sql.jsonText(sql.json(cell(4))),
      name: cell(5),
    };
    const select = (names: (keyof typeof columns)[]) =>
      `SELECT ${names.map((name) => `${columns[name]} AS ${sql.name(name)}`).join(", ")} FROM ${sql.table(staged)}`;
    const table = freshTable();
    const all = Object.keys(columns) as (keyof typeof columns)[];
    await warehouse.replaceTable(
      table,
      { select: select(all), description: "It's first", partitionBy: "day" },
      { deadlineMs, once: { id: `${table.table}.1`, table } },
    );
    const found = await setup.rows({ from: table, orderBy: [{ column: "day" }], limit: 10 }, 2);
    expect(found).toEqual([
      {
        day: "2026-11-20",
        whole: 12,
        part: 1.5,
        is_it: true,
        seconds: Date.UTC(2026, 10, 20, 10, 0, 0, 500) * 1000,
        more: '{"a":[1]}',
        name: "t",
      },
      { day: "2026-11-21", whole: null, part: null, is_it: null, seconds: null, more: null, name: null },
    ]);
    await warehouse.replaceTable(
      table,
      { select: `${select(["name"])} WHERE ${cell(5)} = 't'`, description: "Second" },
      { deadlineMs, once: { id: `${table.table}.2`, table } },
    );
    expect(await setup.rows({ from: table, limit: 10 }, 1)).toEqual([{ name: "t" }]);
    expect(await warehouse.describe(table)).toMatchObject({
      kind: "table",
      ours: true,
      columns: [{ name: "name", type: "STRING" }],
    });
  });

  promise("a SELECT that fails leaves the table as it was", async (setup) => {
    const { warehouse, freshTable } = setup;
    const table = freshTable();
    const replace = (id: number, select: string) =>
      warehouse.replaceTable(
        table,
        { select, description: "One" },
        { deadlineMs, once: { id: `${table.table}.${id}`, table } },
      );
    await replace(1, "SELECT 7 AS n");
    await problemOf(replace(2, "SELECT CAST('no day' AS DATE) AS n"));
    expect(await setup.rows({ from: table, limit: 10 }, 1)).toEqual([{ n: 7 }]);
  });

  promise("what is no table of ours is not replaced", async ({ warehouse, made }) => {
    const table = await made();
    const view = { ...table, table: `${table.table}_v` };
    await warehouse.putView(view, { kind: "unique", of: table });
    const options = { deadlineMs, once: { id: `${view.table}.1`, table: view } };
    const replacing = warehouse.replaceTable(view, { select: "SELECT 1 AS n", description: "n" }, options);
    expect((await problemOf(replacing)).code).toBe("schema_differs");
  });
}
