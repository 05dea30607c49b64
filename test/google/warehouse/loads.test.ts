import { expect } from "@jest/globals";
import type { Column } from "../../../functions/warehouse.ts";
import { pieceBytes } from "../../../infra/google/resumable.ts";
import { column, problemOf } from "../../promises/warehouse/setup.ts";
import { codeOf, deadlineMs, promise, put, table } from "./setup.ts";

/** What BigQuery's emulator does not show: ids of jobs, answers that are lost, jobs that take their time. */

const columns: readonly Column[] = [
  column("id", "STRING"),
  column("list", "ARRAY<STRING>"),
  column("value", "NUMERIC"),
  column("json", "JSON"),
  column("bytes", "BYTES"),
  column("count", "INT64"),
];
const once = { id: "f-1.1.ab", deadlineMs };

promise(
  "a load is one job with an id of ours, and its rows are lines of JSON",
  async ({ rest, warehouse }) => {
    put(rest);
    const load = warehouse.openLoad(table, columns, once);
    await load.add([['a\n"', '["x",\n"y"]', "10.123456789", '{"n": 1,\r\n"u":"\\n"}', Buffer.from("é"), 3]]);
    await load.add([["b", null, null, null, null, null]]);
    await load.end();
    expect(rest.jobs.begun.map(({ id }) => id)).toEqual(["afterclick_load_t_f-1_1_ab"]);
    expect(rest.jobs.begun[0]!.configuration).toMatchObject({
      labels: { afterclick: "true" },
      load: { createDisposition: "CREATE_NEVER", writeDisposition: "WRITE_APPEND" },
    });
    expect(rest.jobs.loaded.get("d.t")).toEqual([
      {
        id: 'a\n"',
        list: ["x", "y"],
        value: "10.123456789",
        json: { n: 1, u: "\n" },
        bytes: "w6k=",
        count: 3,
      },
      { id: "b" },
    ]);
  },
);

promise("a load without rows is no job", async ({ rest, warehouse }) => {
  await warehouse.openLoad(table, columns, once).end();
  expect(rest.jobs.begun).toEqual([]);
});

promise(
  "rows that pass a piece arrive in their order, whichever answer is lost",
  async ({ rest, warehouse }) => {
    put(rest);
    const text = "x".repeat(1_000_000);
    const count = Math.ceil((2.2 * pieceBytes) / text.length);
    for (const lost of [1, 2, 3, 4]) {
      const first = rest.jobs.begun.length;
      let uploads = 0;
      rest.losesAnswer = () => ++uploads === lost;
      const load = warehouse.openLoad(table, columns, { ...once, id: `lost-${lost}` });
      for (let row = 0; row < count; row += 1)
        await load.add([[`${row}`, null, null, JSON.stringify(text), null, row]]);
      await load.end();
      expect(uploads).toBeGreaterThan(4);
      expect(rest.jobs.begun.length - first).toBe(1);
      const rows = rest.jobs.loaded.get("d.t") as { id: string }[];
      expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: count }, (_, row) => `${row}`));
      rest.jobs.loaded.clear();
    }
  },
);

promise("a load is waited for, and tells why it failed", async ({ rest, warehouse }) => {
  put(rest);
  const load = async () => {
    const one = warehouse.openLoad(table, columns, { ...once, id: `load-${rest.jobs.begun.length}` });
    await one.add([["a", null, null, null, null, null]]);
    await one.end();
  };
  rest.jobs.next = { looks: 3 };
  await load();
  expect(
    rest.requests.filter(({ method, path }) => method === "GET" && path.includes("/jobs/")),
  ).toHaveLength(3);
  for (const [reason, code] of [
    ["notFound", "table_missing"],
    ["accessDenied", "table_forbidden"],
    ["backendError", "warehouse_down"],
    ["invalid", "statement_refused"],
  ] as const) {
    rest.jobs.next = { error: { reason, message: "it says why" } };
    expect([reason, await codeOf(load())]).toEqual([reason, code]);
  }
});

const statements = ["DELETE FROM `p.d.t` WHERE `id` = 'a'", "DELETE FROM `p.d.t` WHERE `id` = 'b'"];
const writing = { deadlineMs, once: { id: "f-1.1.ab", table } };

promise("statements with an id run once, however often they are asked for", async ({ rest, warehouse }) => {
  for (let time = 0; time < 3; time += 1) await warehouse.write(statements, writing);
  expect(rest.jobs.begun.map(({ id }) => id)).toEqual(["afterclick_write_f-1_1_ab_1"]);
  expect(rest.jobs.begun[0]!.configuration.query?.query).toBe(
    ["BEGIN TRANSACTION", ...statements, "COMMIT TRANSACTION;"].join(";\n"),
  );
});

promise("statements that were begun are waited for, not begun again", async ({ rest, warehouse }) => {
  rest.jobs.next = { looks: 1_000_000 };
  const cut = problemOf(warehouse.write(statements, { ...writing, deadlineMs: 1 }));
  expect(await cut).toMatchObject({ code: "warehouse_down" });
  let looks = 0;
  rest.intercept((method, path) =>
    method === "GET" && path.includes("/jobs/") && ++looks > 2
      ? { status: 200, body: { status: { state: "DONE" } } }
      : undefined,
  );
  await warehouse.write(statements, writing);
  expect(rest.jobs.begun).toHaveLength(1);
});

promise(
  "statements that no repeat helps are refused; what others hold up passes",
  async ({ rest, warehouse }) => {
    for (const [reason, message, code] of [
      ["invalidQuery", "Invalid date: 'jane'", "statement_refused"],
      ["resourcesExceeded", "Query exceeded resource limits", "statement_refused"],
      ["invalidQuery", "Could not serialize access to table t due to concurrent update", "warehouse_down"],
      ["invalidQuery", "UPDATE would affect rows in the streaming buffer", "warehouse_down"],
      ["notFound", "Not found: Table t", "warehouse_down"],
      ["accessDenied", "Access Denied: Table t", "warehouse_down"],
      ["backendError", "it says why", "warehouse_down"],
      ["stopped", "the job was stopped", "warehouse_down"],
    ] as const) {
      rest.jobs.next = { error: { reason, message } };
      const problem = await problemOf(warehouse.write(statements, writing));
      expect([message, problem.code]).toEqual([message, code]);
      expect(problem.message).toContain(message);
    }
  },
);

promise("an id whose job failed is spent: the next one takes another", async ({ rest, warehouse }) => {
  for (const reason of ["invalidQuery", "backendError"]) {
    rest.jobs.next = { error: { reason, message: "Transaction is aborted due to concurrent update" } };
    expect(await codeOf(warehouse.write(statements, writing))).toBe("warehouse_down");
  }
  await warehouse.write(statements, writing);
  await warehouse.write(statements, writing);
  expect(rest.jobs.begun.map(({ id }) => id.at(-1))).toEqual(["1", "2", "3"]);
});
