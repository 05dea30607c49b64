import { expect, test } from "@jest/globals";
import { thisMachine } from "../../../../functions/people/who.ts";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hitRoutes } from "../../../../functions/api/hits.ts";
import { letterStore } from "../../../../functions/letters/store.ts";
import { rowSpec } from "../../../../functions/hits/row.ts";
import { queryRefused } from "../../../../functions/problems.ts";
import { openBacklog } from "../../../../infra/google/queue/backlog.ts";
import { openReading } from "../../../../infra/google/warehouse/reading/select.ts";
import { openRest } from "../../../../infra/google/warehouse/rest.ts";
import { openAnswerMemory } from "../../../../infra/google/warehouse/answer-memory.ts";
import { problemOf } from "../../../promises/warehouse/setup.ts";
import { type Answer, refusal } from "../../../support/doubles/fake-bigquery.ts";
import { done, mebibyte, promise, putForeign, queries, table } from "./setup.ts";

// --- tables that are not as ours ---

promise("a column that the table lacks is said without asking for a query", async ({ rest, warehouse }) => {
  putForeign(rest, "t", [{ name: "Id", type: "STRING" }]);
  const where = [{ column: "hit_id", is: "=", value: "x" }] as const;
  for (const selection of [{ columns: ["id", "hit_id"] }, { where }, { orderBy: [{ column: "hit_id" }] }]) {
    const problem = await problemOf(warehouse.select({ from: table, limit: 1, ...selection }));
    expect(problem.code).toBe("schema_differs");
    expect(problem.message).toContain("d.t cannot take the rows: the column");
    expect(problem.message).toContain("the column hit_id is missing");
  }
  expect(queries(rest)).toEqual([]);
  // BigQuery does not mind the case of names.
  rest.intercept((method) => (method === "POST" ? done() : undefined));
  await warehouse.select({ from: table, columns: ["ID"], limit: 1 });
});

promise(
  "a select that BigQuery refuses is a refusal with its reason; a busy BigQuery and a missing permission are none",
  async ({ rest, warehouse }) => {
    putForeign(rest, "t", [{ name: "hit_id", type: "STRING" }]);
    const selecting = (answer: Answer) => {
      rest.intercept((method) => (method === "POST" ? answer : undefined));
      return problemOf(warehouse.select({ from: table, limit: 1 }));
    };
    const refused = await selecting(refusal(400, "invalidQuery", "No matching signature for operator ="));
    expect(refused.code).toBe("query_refused");
    expect(refused.message).toContain("No matching signature for operator =.");
    const busy = refusal(400, "backendError", "try again");
    expect((await selecting(busy)).code).toBe("warehouse_down");
    const forbidden = refusal(403, "accessDenied", "no");
    expect((await selecting(forbidden)).code).toBe("table_forbidden");
    const failed = { errors: [{ reason: "invalid", message: "Bad value" }] };
    expect((await selecting({ status: 200, body: { jobComplete: true, ...failed } })).code).toBe(
      "query_refused",
    );
  },
);

promise("one stream on a table of another make hides no hit of the others", async ({ rest, warehouse }) => {
  rest.datasets.set("p.afterclick", "EU");
  await warehouse.createTable(table, rowSpec);
  putForeign(rest, "ids", [{ name: "id", type: "STRING" }]);
  putForeign(rest, "lists", [
    { name: "hit_id", type: "STRING", mode: "REPEATED" },
    { name: "date", type: "DATE" },
  ]);
  putForeign(rest, "refuses", [
    { name: "hit_id", type: "STRING" },
    { name: "date", type: "DATE" },
  ]);
  const hitId = "aaaaaaaa-0000-4000-8000-000000000001";
  rest.intercept((method, path) => {
    if (method !== "POST" || !path.endsWith("/queries")) return undefined;
    const sql = String(rest.requests.at(-1)!.body["query"]);
    if (sql.includes("`p.d.refuses`")) return refusal(400, "invalid", "Access Denied: View d.refuses");
    if (sql.startsWith("SELECT * FROM `p.d.t`")) return done({ rows: [{ f: [{ v: hitId }] }] });
    const fields = [
      { name: "place_in_union", type: "INTEGER" },
      { name: "hit_id", type: "STRING" },
    ];
    return done({ schema: { fields }, rows: [{ f: [{ v: "0" }, { v: hitId }] }] });
  });
  const streams = ["d.ids", "d.lists", "d.refuses", "d.t"].map((name) => ({
    id: crypto.randomUUID(),
    document: { table: name, offset: "UTC" },
    version: "1",
  }));
  const [route] = hitRoutes({
    registry: { list: async () => streams, read: async () => undefined },
    backlog: { find: async () => "unknown", depth: async () => ({}) },
    warehouse,
    letters: letterStore({ warehouse, productDataset: "afterclick", log: () => undefined }),
    defaultDataset: "d",
    productDataset: "afterclick",
    searchedDays: 7,
    now: Date.now,
  });
  const { body } = await route!.handle({
    path: { hit_id: hitId },
    query: {},
    body: undefined,
    who: thisMachine,
    headers: {},
    file: () => {
      throw new Error("No file.");
    },
    gone: new AbortController().signal,
  });
  expect(JSON.parse(String(body))).toMatchObject({
    state: "in_table",
    rows: [{ table: "d.t" }],
    searched: {
      tables: ["d.t"],
      skipped: expect.arrayContaining([
        { table: "d.ids", why: expect.stringContaining("it has no column hit_id") },
        { table: "d.lists", why: expect.stringContaining("hit_id is ARRAY<STRING>, STRING is needed") },
        { table: "d.refuses", why: expect.stringContaining("Access Denied: View d.refuses") },
      ]),
    },
  });
});

test("a select of the product that takes too long is an outage, never somebody's mistake or an answer", async () => {
  const late = async () => {
    throw queryRefused({ why: "The query was not done after 60 s." });
  };
  const { select } = openReading({
    jobs: { dryRun: late, run: late },
    describe: async () => ({
      kind: "table",
      ours: true,
      columns: [{ name: "hit_id", type: "STRING", required: true }],
    }),
    memory: openAnswerMemory(),
    project: "p",
    productDataset: "afterclick",
  });
  const problem = await problemOf(select({ from: table, limit: 1 }));
  expect(problem.code).toBe("warehouse_down");
  expect(problem.message).toContain("no answer after 60 s");
  expect(problem.message).not.toContain("Send one SELECT");
});

test("an answer that is too large is given up at once, not fetched again and again", async () => {
  let asked = 0;
  const mebi = Buffer.alloc(mebibyte, " ");
  const server = createServer((_, response) => {
    asked++;
    response.on("error", () => {});
    const more = () => {
      while (!response.destroyed && response.write(mebi));
    };
    response.on("drain", more);
    more();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    await expect(openRest(`127.0.0.1:${port}`).call("GET", "/projects/p")).rejects.toMatchObject({
      reason: "answerTooLarge",
      status: 200,
    });
    expect(asked).toBe(1);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

// --- Cloud Monitoring ---

test("credentials that never come keep nobody past the deadline: how many hits wait is then not told", async () => {
  const logged: string[] = [];
  const backlog = openBacklog({
    subscriptions: ["projects/p/subscriptions/s"],
    log: (_, message) => logged.push(message),
    now: Date.now,
    endpoint: "http://127.0.0.1:9",
    authorize: () => new Promise(() => {}),
    deadlineMs: 50,
  });
  expect(await backlog.depth()).toEqual({});
  expect(logged).toEqual(["Cloud Monitoring does not tell how many hits wait."]);
});

/** Cloud Monitoring's answers, by subscription and metric. */
async function backlogOf(told: Record<string, { waiting?: number; ageSeconds?: number }>, now = 10_000_000) {
  const server = createServer((request, response) => {
    const filter = new URL(request.url!, "http://localhost").searchParams.get("filter")!;
    const name = /subscription_id="([^"]+)"/.exec(filter)![1]!;
    const { waiting, ageSeconds } = told[name]!;
    const value = filter.includes("num_undelivered_messages") ? waiting : ageSeconds;
    const points = [{ value: { int64Value: String(value) } }, { value: { int64Value: "999999" } }];
    response.end(JSON.stringify(value === undefined ? {} : { timeSeries: [{ points }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const backlog = openBacklog({
      subscriptions: Object.keys(told).map((name) => `projects/p/subscriptions/${name}`),
      log: () => undefined,
      now: () => now,
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      authorize: async () => new Headers(),
    });
    return await backlog.depth();
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

test("hits that wait for another attempt count among those that wait, and the oldest of both is the oldest", async () => {
  const both = (deliver: object, retried: object) => backlogOf({ deliver, retried });
  expect(await both({ waiting: 2, ageSeconds: 5 }, { waiting: 3, ageSeconds: 600 })).toEqual({
    waiting: 5,
    oldest_received_at: 9_400_000,
  });
  expect(await both({ waiting: 2, ageSeconds: 5 }, { waiting: 0, ageSeconds: 600 })).toEqual({
    waiting: 2,
    oldest_received_at: 9_995_000,
  });
  expect(await both({ waiting: 0, ageSeconds: 0 }, { waiting: 0, ageSeconds: 0 })).toEqual({ waiting: 0 });
});

test("with one of the subscriptions untold, the other alone is no count", async () => {
  expect(await backlogOf({ deliver: { waiting: 2, ageSeconds: 5 }, retried: {} })).toEqual({});
});
