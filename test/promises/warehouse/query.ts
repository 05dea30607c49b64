import { expect } from "@jest/globals";
import { deadlineMs, problemOf, row, type Promised } from "./setup.ts";

export function queryPromises(promise: Promised): void {
  promise("a query gives rows as JSON holds them, and says when it was cut", async ({ warehouse }) => {
    const {
      columns: shown,
      rows,
      truncated,
    } = await warehouse.query(
      "SELECT 9007199254740993 AS big, 7 AS small, 'x' AS text, NULLIF(1, 1) AS nothing, 1 = 1 AS yes, DATE '2024-02-29' AS day",
      { rowsMax: 1, deadlineMs },
    );
    expect(shown.map(({ name }) => name)).toEqual(["big", "small", "text", "nothing", "yes", "day"]);
    expect(rows).toEqual([["9007199254740993", 7, "x", null, true, "2024-02-29"]]);
    expect(truncated).toBe(false);
    const cut = await warehouse.query("SELECT 1 AS n UNION ALL SELECT 1 UNION ALL SELECT 1", {
      rowsMax: 2,
      deadlineMs,
    });
    expect([cut.rows, cut.truncated]).toEqual([[[1], [1]], true]);
    const whole = await warehouse.query("SELECT 1 AS n UNION ALL SELECT 1", {
      rowsMax: 2,
      deadlineMs,
    });
    expect([whole.rows.length, whole.truncated]).toEqual([2, false]);
  });

  promise(
    "a query that would change something is refused and changes nothing",
    async ({ warehouse, made, append, rows, sqlName }) => {
      const table = await made();
      await append(table, [row({})]);
      await rows({ from: table, limit: 9 }, 1);
      const name = sqlName(table);
      for (const sql of [
        `DELETE FROM ${name} WHERE true`,
        `UPDATE ${name} SET payload = 'x' WHERE true`,
        `INSERT INTO ${name} SELECT * FROM ${name}`,
        `DROP TABLE ${name}`,
        `CREATE TABLE ${name}_x AS SELECT 1 AS a`,
        `SELECT 1 AS a; DROP TABLE ${name}`,
        `SELECT 1 AS a; SELECT 2 AS a`,
        "",
        "SELEC 1",
        "SELECT * FROM nowhere_at_all.nothing",
      ])
        expect((await problemOf(warehouse.query(sql, { rowsMax: 9, deadlineMs }))).code).toBe(
          "query_refused",
        );
      await rows({ from: table, limit: 9 }, 1);
    },
  );

  promise("a query that holds a NUL is refused whole, not cut short", async ({ warehouse }) => {
    for (const sql of ["SELECT 1 AS a\0, 2 AS b", "SELECT 'a\0b' AS a"]) {
      const { code, message } = await problemOf(warehouse.query(sql, { rowsMax: 9, deadlineMs }));
      expect(code).toBe("query_refused");
      expect(message).toContain("NUL");
    }
  });
}
