import { expect } from "@jest/globals";
import type { Row } from "../../../functions/warehouse.ts";
import { column, deadlineMs, problemOf, type Promised } from "./setup.ts";

const loaded = [
  column("date", "DATE", true),
  column("id", "STRING", true),
  column("count", "INT64"),
  column("is_it", "BOOL"),
  column("value", "NUMERIC"),
  column("names", "ARRAY<STRING>"),
  column("more", "JSON"),
];

const rows: readonly Row[] = [
  [
    "2026-11-20",
    "every",
    -9007199254740991,
    true,
    "-12.000000001",
    '["a,b","é \\"q\\"",""]',
    '{"a":[1,null]}',
  ],
  ["0001-01-01", "li\nne 'q' \\ 🎈", 0, false, "0.5", "[]", '"text"'],
  ["2026-11-21", "none", null, null, null, null, null],
];

export function loadPromises(promise: Promised): void {
  promise("rows that were loaded come out as they went in", async (setup) => {
    const { warehouse, made } = setup;
    const table = await made(loaded);
    const load = warehouse.openLoad(table, loaded, { id: `${table.table}.1`, deadlineMs });
    await load.add(rows.slice(0, 2));
    await load.add(rows.slice(2));
    await load.end();
    const found = await setup.rows({ from: table, orderBy: [{ column: "id" }], limit: 10 }, 3);
    const named = rows.map((row) => Object.fromEntries(loaded.map(({ name }, index) => [name, row[index]])));
    const list = ({ names, ...row }: Record<string, unknown>) => ({
      ...row,
      // A list that is NULL may come out as an empty one.
      names: JSON.parse(String(names ?? "[]")) as unknown,
    });
    const json = ({ more, ...row }: Record<string, unknown>) => ({
      ...row,
      more: more === null ? null : (JSON.parse(String(more)) as unknown),
    });
    expect(found.map(list).map(json)).toEqual(named.map(list).map(json));
    await warehouse.openLoad(table, loaded, { id: `${table.table}.2`, deadlineMs }).end();
  });

  promise("statements change rows that were just loaded", async (setup) => {
    const { warehouse, made } = setup;
    const table = await made(loaded);
    const load = warehouse.openLoad(table, loaded, { id: `${table.table}.1`, deadlineMs });
    await load.add(rows);
    await load.end();
    const [to, id, count] = [
      warehouse.sql.table(table),
      warehouse.sql.name("id"),
      warehouse.sql.name("count"),
    ];
    await warehouse.write(
      [
        `DELETE FROM ${to} WHERE ${id} = 'none'`,
        `UPDATE ${to} SET ${count} = 7 WHERE ${id} = ${warehouse.sql.text("every")}`,
      ],
      { deadlineMs, once: { id: `${table.table}.1`, table } },
    );
    const found = await setup.rows(
      { from: table, columns: ["count"], orderBy: [{ column: "count" }], limit: 10 },
      2,
    );
    expect(found).toEqual([{ count: 0 }, { count: 7 }]);
  });

  promise("a load into a table that is missing says so", async ({ warehouse, freshTable }) => {
    const table = freshTable();
    const load = warehouse.openLoad(table, loaded, { id: `${table.table}.1`, deadlineMs });
    const problem = await problemOf(load.add(rows).then(() => load.end()));
    expect(problem.code).toBe("table_missing");
  });
}
