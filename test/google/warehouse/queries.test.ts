import { expect } from "@jest/globals";
import { problemOf, spec } from "../../promises/warehouse/setup.ts";
import { refusal } from "../../support/doubles/fake-bigquery.ts";
import { until } from "../../support/until.ts";
import { codeOf, deadlineMs, promise, table } from "./setup.ts";

const job = (statementType: string | undefined) => ({
  status: 200,
  body: { statistics: { query: { statementType } } },
});

promise(
  "only what BigQuery calls a SELECT is run, with a bound on its bytes and a label",
  async ({ rest, warehouse }) => {
    for (const type of ["DELETE", "SCRIPT", "CREATE_TABLE_AS_SELECT", "EXPORT_DATA", undefined]) {
      rest.intercept((_, path) => (path.endsWith("/jobs") ? job(type) : undefined));
      expect(await codeOf(warehouse.query("whatever", { rowsMax: 9, deadlineMs }))).toBe("query_refused");
    }
    expect(rest.requests.some(({ path }) => path.endsWith("/queries"))).toBe(false);
    const answer = {
      jobComplete: true,
      jobReference: { jobId: "j" },
      schema: { fields: [{ name: "n", type: "INTEGER" }] },
      rows: [{ f: [{ v: "1" }] }],
    };
    rest.intercept((_, path) => (path.endsWith("/jobs") ? job("SELECT") : { status: 200, body: answer }));
    expect(await warehouse.query("SELECT 1 AS n", { rowsMax: 9, deadlineMs })).toEqual({
      columns: [{ name: "n", type: "INT64" }],
      rows: [[1]],
      truncated: false,
    });
    expect(rest.requests.at(-1)!.body).toMatchObject({
      maximumBytesBilled: "1000",
      labels: { afterclick: "true" },
      useLegacySql: false,
      maxResults: 10,
    });
  },
  { bytesBilledMax: 1_000 },
);

const oddFields = [
  { name: "big", type: "INTEGER" },
  { name: "ratio", type: "FLOAT" },
  { name: "nan", type: "FLOAT" },
  { name: "odd", type: "FLOAT", mode: "REPEATED" },
  { name: "price", type: "NUMERIC" },
  { name: "at", type: "TIMESTAMP" },
  { name: "early", type: "TIMESTAMP" },
  { name: "raw", type: "BYTES" },
  { name: "list", type: "INTEGER", mode: "REPEATED" },
  {
    name: "record",
    type: "RECORD",
    fields: [
      { name: "a", type: "BOOLEAN" },
      { name: "b", type: "STRING", mode: "REPEATED" },
    ],
  },
  { name: "none", type: "STRING" },
  { name: "short", type: "TIMESTAMP" },
  {
    name: "alike",
    type: "RECORD",
    fields: [
      { name: "a", type: "INTEGER" },
      { name: "A", type: "INTEGER" },
      { name: "__proto__", type: "STRING" },
    ],
  },
];
const oddCells = [
  "9007199254740993",
  "0.5",
  "NaN",
  ["nan", "inf", "-inf", "Infinity", "-Infinity", "1.0E10"].map((v) => ({ v })),
  "1.10",
  "1700000000123456",
  "-1",
  "/wA=",
  [{ v: "1" }],
  { f: [{ v: "true" }, { v: [] }] },
  null,
  "1700000000123400",
  { f: [{ v: "1" }, { v: "2" }, { v: "x" }] },
];

promise("values come as JSON holds them", async ({ rest, warehouse }) => {
  const answer = {
    jobComplete: true,
    schema: { fields: oddFields },
    rows: [{ f: oddCells.map((v) => ({ v })) }],
  };
  rest.intercept((_, path) => (path.endsWith("/jobs") ? job("SELECT") : { status: 200, body: answer }));
  const { rows } = await warehouse.query("SELECT 1", {
    rowsMax: 9,
    deadlineMs,
  });
  expect(JSON.stringify(rows[0]!.at(-1))).toBe('{"a":1,"A_2":2,"__proto__":"x"}');
  expect(rows.map((row) => row.slice(0, -1))).toEqual([
    [
      "9007199254740993",
      0.5,
      "NaN",
      ["NaN", "Infinity", "-Infinity", "Infinity", "-Infinity", 1e10],
      "1.1",
      "2023-11-14T22:13:20.123456Z",
      "1969-12-31T23:59:59.999999Z",
      "/wA=",
      [1],
      { a: true, b: [] },
      null,
      "2023-11-14T22:13:20.1234Z",
    ],
  ]);
});

promise(
  "a query is awaited page by page, cut at its rows, and cancelled when its time is over",
  async ({ rest, warehouse }) => {
    const schema = { fields: [{ name: "n", type: "INTEGER" }] };
    const jobReference = { jobId: "j1", location: "EU" };
    const pages = [
      { jobComplete: false, jobReference },
      {
        jobComplete: true,
        jobReference,
        schema,
        rows: [{ f: [{ v: "1" }] }],
        pageToken: "next",
      },
      {
        jobComplete: true,
        jobReference,
        schema,
        rows: [{ f: [{ v: "2" }] }, { f: [{ v: "3" }] }],
        pageToken: "more",
      },
    ];
    rest.intercept((_, path) =>
      path.endsWith("/jobs") ? job("SELECT") : { status: 200, body: pages.shift() },
    );
    expect(await warehouse.query("SELECT 1", { rowsMax: 2, deadlineMs })).toMatchObject({
      rows: [[1], [2]],
      truncated: true,
    });
    expect(rest.requests.at(-1)!.query.get("location")).toBe("EU");
    rest.intercept((_, path) =>
      path.endsWith("/jobs") ? job("SELECT") : { status: 200, body: { jobComplete: false, jobReference } },
    );
    const late = await problemOf(warehouse.query("SELECT 1", { rowsMax: 2, deadlineMs: 300 }));
    expect(late.code).toBe("query_refused");
    expect(late.message).toMatch(/Ask for less at once, or again later/);
    await until("it is cancelled", () => rest.requests.at(-1)!.path === "/projects/p/jobs/j1/cancel");
  },
);

promise("a query that nobody waits for any more is cancelled", async ({ rest, warehouse }) => {
  const gone = new AbortController();
  const jobReference = { jobId: "j1", location: "EU" };
  rest.intercept((_, path) => {
    if (path.endsWith("/jobs")) return job("SELECT");
    gone.abort();
    return { status: 200, body: { jobComplete: false, jobReference } };
  });
  const options = { rowsMax: 2, deadlineMs, signal: gone.signal };
  expect(await codeOf(warehouse.query("SELECT 1", options))).toBe("query_refused");
  await until("it is cancelled", () => rest.requests.at(-1)!.path === "/projects/p/jobs/j1/cancel");
});

promise(
  "a question to many tables that nobody waits for any more is cancelled",
  async ({ rest, warehouse }) => {
    const gone = new AbortController();
    rest.intercept(() => {
      gone.abort();
      return { status: 200, body: { jobComplete: false, jobReference: { jobId: "j1", location: "EU" } } };
    });
    const from = [{ table: { dataset: "d", table: "t" }, has: ["hit_id"] }];
    const asked = { from, columns: ["hit_id"], types: { hit_id: "STRING" } as const, limit: 1 };
    expect(await codeOf(warehouse.selectUnion(asked, { signal: gone.signal }))).toBe("query_refused");
    await until("it is cancelled", () => rest.requests.at(-1)!.path === "/projects/p/jobs/j1/cancel");
  },
);

promise(
  "a refused query says BigQuery's reason; a busy BigQuery is no refusal",
  async ({ rest, warehouse }) => {
    rest.intercept(() => refusal(400, "invalidQuery", "Unrecognized name: foo at [1:8]"));
    const problem = await problemOf(warehouse.query("SELECT foo", { rowsMax: 1, deadlineMs }));
    expect(problem.code).toBe("query_refused");
    expect(problem.message).toContain("Unrecognized name: foo at [1:8].");
    expect(problem.message).not.toContain("Send one SELECT");
    const short = "Resources exceeded during query execution";
    for (const [status, reason] of [
      [400, "resourcesExceeded"],
      [403, "responseTooLarge"],
    ] as const) {
      rest.intercept(() => refusal(status, reason, short));
      const { code, message } = await problemOf(warehouse.query("SELECT 1", { rowsMax: 1, deadlineMs }));
      expect([code, message]).toEqual(["answer_too_large", expect.stringContaining("Name fewer columns")]);
    }
    rest.intercept(() => refusal(400, "backendError", "try again"));
    expect(await codeOf(warehouse.query("SELECT 1", { rowsMax: 1, deadlineMs }))).toBe("warehouse_down");
    rest.intercept(() => "hang");
    expect(await codeOf(warehouse.query("SELECT 1", { rowsMax: 1, deadlineMs: 300 }))).toBe("warehouse_down");
  },
);

promise("a select asks with typed parameters and quoted names", async ({ rest, warehouse }) => {
  await warehouse.createTable(table, spec);
  rest.intercept((_, path) =>
    path.endsWith("/queries")
      ? { status: 200, body: { jobComplete: true, schema: { fields: [] } } }
      : undefined,
  );
  await warehouse.select({
    from: table,
    columns: ["hit_id", "date"],
    where: [
      { column: "date", is: ">=", value: "2024-01-01" },
      { column: "hit_id", is: "=", value: "a' OR 1=1 --" },
      { column: "received_at", is: "<=", value: 7 },
    ],
    orderBy: [{ column: "received_at", descending: true }, { column: "hit_id" }],
    limit: 5,
    offset: 10,
  });
  expect(rest.requests.at(-1)!.body).toMatchObject({
    query:
      "SELECT `hit_id`, `date` FROM `p.d.t` WHERE `date` >= @p0 AND `hit_id` = @p1 AND `received_at` <= @p2 " +
      "ORDER BY `received_at` DESC, `hit_id` LIMIT 5 OFFSET 10",
    queryParameters: [
      {
        name: "p0",
        parameterType: { type: "DATE" },
        parameterValue: { value: "2024-01-01" },
      },
      {
        name: "p1",
        parameterType: { type: "STRING" },
        parameterValue: { value: "a' OR 1=1 --" },
      },
      {
        name: "p2",
        parameterType: { type: "INT64" },
        parameterValue: { value: "7" },
      },
    ],
  });
});
