import { expect, test } from "@jest/globals";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { batchBytesMax } from "../../functions/letters/choose.ts";
import { hitRoutes } from "../../functions/api/hits.ts";
import type { AdminPorts } from "../../functions/api/ports.ts";
import { queryRefused } from "../../functions/problems.ts";
import type { Request } from "../../functions/request.ts";
import { rowSpec } from "../../functions/hits/row.ts";
import { openBacklog } from "../../infra/google/queue/backlog.ts";
import { openReading, queryBytesMax, selectBytesMax } from "../../infra/google/warehouse/reading.ts";
import { bounded } from "../../infra/google/admin.ts";
import { openRest } from "../../infra/google/warehouse/rest.ts";
import { openRoom, type Room, type RoomConfig } from "../../infra/google/warehouse/room.ts";
import { openWarehouse } from "../../infra/google/warehouse/warehouse.ts";
import { problemOf } from "../promises/warehouse.ts";
import { refusal, startFakeBigQuery, type Answer, type FakeBigQuery } from "../support/fake-bigquery.ts";
import { until } from "../support/until.ts";

/** What the admin API reads of BigQuery, where tables differ, rows are large and services hang. */

const deadlineMs = 20_000;
const table = { dataset: "d", table: "t" };

interface Ground {
  readonly rest: FakeBigQuery;
  readonly warehouse: ReturnType<typeof openWarehouse>;
  readonly room: Room;
}

function promise(name: string, keep: (ground: Ground) => Promise<void>, room: RoomConfig = {}): void {
  test(name, async () => {
    const rest = await startFakeBigQuery();
    rest.datasets.set("p.d", "EU");
    const opened = openRoom(room);
    const warehouse = openWarehouse({
      project: "p",
      location: "EU",
      room: opened,
      // Nothing is appended here.
      emulator: { rest: rest.address, grpc: "127.0.0.1:9" },
    });
    try {
      await keep({ rest, warehouse, room: opened });
    } finally {
      await warehouse.close();
      await rest.close();
    }
  });
}

/** A table that somebody else made. */
function putForeign(
  rest: FakeBigQuery,
  name: string,
  fields: readonly { name: string; type: string; mode?: string }[],
): void {
  rest.tables.set(`p.d.${name}`, { type: "TABLE", schema: { fields } });
}

const queries = ({ requests }: FakeBigQuery) => requests.filter(({ path }) => path.endsWith("/queries"));
const done = (more: object = {}): Answer => ({
  status: 200,
  body: {
    jobComplete: true,
    jobReference: { jobId: "j", location: "EU" },
    schema: { fields: [{ name: "hit_id", type: "STRING" }] },
    ...more,
  },
});

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
  const hitId = "aaaaaaaa-0000-4000-8000-000000000001";
  rest.intercept((method, path) => {
    if (method !== "POST" || !path.endsWith("/queries")) return undefined;
    const sql = String(rest.requests.at(-1)!.body["query"]);
    return sql.includes("`p.d.t`")
      ? done({ rows: [{ f: [{ v: hitId }] }] })
      : refusal(400, "invalid", "Invalid value for type: ARRAY<STRING>");
  });
  const streams = ["d.ids", "d.lists", "d.t"].map((name) => ({
    id: crypto.randomUUID(),
    document: { table: name, offset: "UTC" },
    version: "1",
  }));
  const [route] = hitRoutes({
    registry: { list: async () => streams },
    backlog: { find: async () => "unknown", depth: async () => ({}) },
    warehouse,
    defaultDataset: "d",
    productDataset: "afterclick",
    searchedDays: 7,
    now: Date.now,
  } as unknown as AdminPorts);
  const { body } = await route!.handle({
    path: { hit_id: hitId },
    query: {},
    body: undefined,
    headers: {},
    gone: new AbortController().signal,
  });
  expect(JSON.parse(String(body))).toMatchObject({
    state: "in_table",
    rows: [{ table: "d.t" }],
    searched: {
      tables: ["d.t"],
      skipped: expect.arrayContaining([
        { table: "d.ids", why: expect.stringContaining("hit_id is missing") },
        {
          table: "d.lists",
          why: expect.stringContaining("Invalid value for type"),
        },
      ]),
    },
  });
});

// --- rows that are large ---

const mebibyte = 1024 * 1024;
/** Pages of one row of so many bytes: more of them than any answer takes. */
function pages(bytes: number): () => Answer {
  const rows = [{ f: [{ v: "x".repeat(bytes) }] }];
  let left = 20;
  return () => done({ rows, ...(--left > 0 && { pageToken: "more" }) });
}
const job = {
  status: 200,
  body: { statistics: { query: { statementType: "SELECT" } } },
};

promise("a query is cut at its bytes, and no page past them is fetched", async ({ rest, warehouse }) => {
  const page = pages(4 * mebibyte);
  rest.intercept((_, path) => (path.endsWith("/jobs") ? job : page()));
  const answer = await warehouse.query("SELECT payload FROM d.t", {
    rowsMax: 100_000,
    deadlineMs,
  });
  expect(answer.truncated).toBe(true);
  expect(answer.rows).toHaveLength(queryBytesMax / (4 * mebibyte));
  expect(rest.requests).toHaveLength(1 + 1 + answer.rows.length);
});

promise("values inside lists and records count as well", async ({ rest, warehouse }) => {
  const fields = [
    {
      name: "r",
      type: "RECORD",
      mode: "REPEATED",
      fields: [{ name: "s", type: "STRING" }],
    },
  ];
  const half = { v: { f: [{ v: "x".repeat(queryBytesMax / 2) }] } };
  const rows = (last: object[]) =>
    done({
      schema: { fields },
      rows: [{ f: [{ v: [half, half, ...last] }] }],
    });
  let page = rows([]);
  rest.intercept((_, path) => (path.endsWith("/jobs") ? job : page));
  const query = () => warehouse.query("SELECT r FROM d.t", { rowsMax: 9, deadlineMs });
  expect(await query()).toMatchObject({ truncated: false });
  page = rows([{ v: { f: [{ v: "x" }] } }]);
  expect(await query()).toMatchObject({ truncated: true, rows: [] });
});

promise(
  "a select of rows that are too large together is refused, never given in part",
  async ({ rest, warehouse }) => {
    putForeign(rest, "t", [{ name: "hit_id", type: "STRING" }]);
    const page = pages(8 * mebibyte);
    rest.intercept((_, path) => (path.includes("/queries") ? page() : undefined));
    const problem = await problemOf(warehouse.select({ from: table, limit: 1_000 }));
    expect(problem.code).toBe("query_refused");
    expect(problem.message).toContain(`more than ${selectBytesMax} bytes together. Ask for fewer at once`);
  },
);

promise("some of these rows are given as far as they fit, and it is said", async ({ rest, warehouse }) => {
  putForeign(rest, "t", [{ name: "hit_id", type: "STRING" }]);
  const page = pages(8 * mebibyte);
  rest.intercept((_, path) => (path.includes("/queries") ? page() : undefined));
  const { rows, truncated } = await warehouse.selectSome({
    from: table,
    limit: 1_000,
  });
  expect([rows.length, truncated]).toEqual([Math.floor(selectBytesMax / (8 * mebibyte)), true]);
});

promise("the bodies that one replay takes are read whole", async ({ rest, warehouse }) => {
  putForeign(rest, "t", [{ name: "body", type: "BYTES" }]);
  const bodyBytes = 8 * mebibyte;
  const count = batchBytesMax / bodyBytes;
  const v = Buffer.alloc(bodyBytes, 7).toString("base64");
  let left = count;
  const schema = { fields: [{ name: "body", type: "BYTES" }] };
  rest.intercept((_, path) =>
    path.includes("/queries")
      ? done({
          schema,
          rows: [{ f: [{ v }] }],
          ...(--left > 0 && { pageToken: "more" }),
        })
      : undefined,
  );
  const rows = await warehouse.select({ from: table, limit: count });
  expect(rows).toHaveLength(count);
});

promise(
  "a query of values that are larger on their way than in letters is cut as well",
  async ({ rest, warehouse }) => {
    // Each is one letter, and six on the way.
    const rows = [{ f: [{ v: "\u0001".repeat(2 * mebibyte) }] }];
    const page = done({ rows, pageToken: "more" });
    rest.intercept((_, path) => (path.endsWith("/jobs") ? job : page));
    const answer = await warehouse.query("SELECT payload FROM d.t", {
      rowsMax: 100_000,
      deadlineMs,
    });
    expect(answer.truncated).toBe(true);
    expect(answer.rows).toHaveLength(Math.ceil((queryBytesMax * 2) / (12 * mebibyte)));
    expect(rest.requests).toHaveLength(1 + answer.rows.length);
  },
);

// --- many large results at once ---

const oneRow = (rest: FakeBigQuery, bytes: Record<string, number>) => {
  for (const name of Object.keys(bytes)) putForeign(rest, name, [{ name: "hit_id", type: "STRING" }]);
  rest.intercept((_, path) => {
    if (!path.endsWith("/queries")) return undefined;
    const sql = String(rest.requests.at(-1)!.body["query"]);
    const [, name] = /`p\.d\.(\w+)`/.exec(sql)!;
    return done({ rows: [{ f: [{ v: "x".repeat(bytes[name!]!) }] }] });
  });
};
const sizes = { small: 1_000, large: 2 * mebibyte };
const selecting = ({ warehouse }: Ground, name: keyof typeof sizes) =>
  warehouse.select({ from: { dataset: "d", table: name }, limit: 1 });
/** Work that has read a large result and goes on until it is told. */
async function busy(ground: Ground): Promise<() => Promise<void>> {
  const { promise: told, resolve: tell } = Promise.withResolvers<void>();
  const { promise: read, resolve: hasRead } = Promise.withResolvers<void>();
  const work = ground.room.enter(async () => {
    await selecting(ground, "large");
    hasRead();
    await told;
  });
  await read;
  return () => (tell(), work);
}

promise(
  "a large result waits until the work with another one has ended; small ones are read meanwhile",
  async (ground) => {
    oneRow(ground.rest, sizes);
    const end = await busy(ground);
    let over = false;
    const waits = selecting(ground, "large").finally(() => (over = true));
    await until("it was asked for", () => queries(ground.rest).length === 2);
    expect(await selecting(ground, "small")).toHaveLength(1);
    expect(over).toBe(false);
    await end();
    expect(await waits).toHaveLength(1);
  },
  { placesMax: 1 },
);

promise(
  "a large result that finds no room in time is refused as overload, and read once there is room",
  async (ground) => {
    oneRow(ground.rest, sizes);
    const end = await busy(ground);
    const { code, headers } = await problemOf(selecting(ground, "large"));
    expect(code).toBe("overloaded");
    expect(headers).toHaveProperty("retry-after");
    await end();
    expect(await selecting(ground, "large")).toHaveLength(1);
  },
  { placesMax: 1, waitMs: 50 },
);

promise(
  "work that reads one large result after the other never waits for itself",
  async (ground) => {
    oneRow(ground.rest, sizes);
    await ground.room.enter(async () => {
      for (let n = 0; n < 3; n++) await selecting(ground, "large");
      await Promise.all([selecting(ground, "large"), selecting(ground, "large")]);
    });
    expect(queries(ground.rest)).toHaveLength(5);
  },
  { placesMax: 1, waitMs: 50 },
);

promise(
  "a large result that is refused leaves its room to the next one",
  async (ground) => {
    const { rest, warehouse } = ground;
    putForeign(rest, "t", [{ name: "hit_id", type: "STRING" }]);
    const page = pages(8 * mebibyte);
    rest.intercept((_, path) => (path.includes("/queries") ? page() : undefined));
    const refused = warehouse.select({ from: table, limit: 1_000 });
    expect((await problemOf(refused)).code).toBe("query_refused");
    oneRow(rest, sizes);
    expect(await selecting(ground, "large")).toHaveLength(1);
  },
  { placesMax: 1, waitMs: 50 },
);

promise(
  "many small results in one request count as a large one",
  async (ground) => {
    oneRow(ground.rest, sizes);
    const end = await busy(ground);
    const problem = await problemOf(
      ground.room.enter(async () => {
        for (let n = 0; n < 3; n++) await selecting(ground, "small");
      }),
    );
    expect(problem.code).toBe("overloaded");
    await end();
  },
  { placesMax: 1, waitMs: 50, smallBytesMax: 3_000 },
);

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
    room: openRoom(),
    project: "p",
    productDataset: "afterclick",
  });
  const problem = await problemOf(select({ from: table, limit: 1 }));
  expect(problem.code).toBe("warehouse_down");
  expect(problem.message).toContain("no answer after 60 s");
  expect(problem.message).not.toContain("Send one SELECT");
});

test("an answer of admin counts with its bytes until it is out", async () => {
  const held: number[] = [];
  const handler = bounded(openRoom(), async () => ({
    status: 200,
    body: "\ufffd".repeat(10),
  }));
  const request = { hold: (bytes: number) => held.push(bytes) };
  const { status, body } = await handler(request as unknown as Request);
  expect(status).toBe(200);
  expect(Buffer.from(body as Uint8Array).toString()).toBe("\ufffd".repeat(10));
  expect(held).toEqual([30]);
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
