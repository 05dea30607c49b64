import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addFeed, removeFeed } from "../../functions/feeds/registered/feeds.ts";
import { changeState, readState } from "../../functions/feeds/fetches/state.ts";
import { fetchDue } from "../../functions/feeds/fetches/work.ts";
import { columnsOf } from "../../functions/feeds/write/columns.ts";
import { thisMachine } from "../../functions/people/who.ts";
import { statementRefused, warehouseDown } from "../../functions/problems.ts";
import { openWarehouse, type LocalWarehouse } from "../../infra/local/warehouse/warehouse.ts";
import { lines, sends, startFeedServer, type FeedServer } from "../support/wire/feed-server.ts";
import { sameTables } from "./same-tables.ts";
import { defaultDataset, feedsOn, productDataset } from "./setup.ts";

let directory: string;
let warehouse: LocalWarehouse;
let server: FeedServer;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "afterclick-feeds-"));
  warehouse = await openWarehouse({ directory, log: () => undefined });
  await warehouse.createDataset({ dataset: productDataset, table: "any" });
  server = await startFeedServer();
});
afterAll(async () => {
  await warehouse.close();
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const hourMs = 3_600_000;

test("the tables of feeds are as they must be", () => sameTables(warehouse, server));

test("a feed with days is asked for the days that are over, and its table holds them all", async () => {
  const feeds = feedsOn(warehouse);
  server.asked.length = 0;
  server.does((request, response) => {
    const date = new URL(request.url ?? "", "http://x").searchParams.get("date");
    sends(lines({ orderId: "N1", status: `s${date}`, updated: `2026-11-${date?.slice(6)}` }))(
      request,
      response,
    );
  });
  await feeds.add("days", {
    url: `${server.url}?shop=1`,
    table: "days",
    partitioned: true,
    key: "orderId",
    updated: "updated",
    user: "u",
    password: "p:ä",
  });
  expect(await feeds.due("days")).toMatchObject(
    ["27", "26", "25"].map((day) => ({ day: `2026-11-${day}`, rows: 1 })),
  );
  expect(server.asked).toEqual(
    ["27", "26", "25"].map((day) => ({
      path: `/feed?shop=1&date=202611${day}`,
      authorization: `Basic ${Buffer.from("u:p:ä").toString("base64")}`,
    })),
  );
  const table = `${defaultDataset}.days`;
  const statuses = async (from: string) =>
    (await feeds.rows(`SELECT CAST(feed_date AS STRING), status FROM ${from} ORDER BY 1`)).map(String);
  const three = ["2026-11-25,s20261125", "2026-11-26,s20261126", "2026-11-27,s20261127"];
  expect(await statuses(table)).toEqual(three);
  expect(await statuses(`${table}_current`)).toEqual(three.slice(2));

  // The next day brings one day more, which has a field more and another type; those before keep their rows.
  feeds.clock.ms += 24 * hourMs;
  server.does(sends(lines({ orderId: 2, status: "new", more: { a: 1 } })));
  expect(await feeds.due("days")).toMatchObject(["28", "27", "26"].map((day) => ({ day: `2026-11-${day}` })));
  expect(
    await feeds.rows(`SELECT CAST(feed_date AS STRING), orderId, more FROM ${table} ORDER BY 1`),
  ).toEqual([
    ["2026-11-25", "N1", null],
    ["2026-11-26", "2", '{"a":1}'],
    ["2026-11-27", "2", '{"a":1}'],
    ["2026-11-28", "2", '{"a":1}'],
  ]);
  // A day without records is one, and takes nothing away from the others.
  server.does(sends(""));
  await feeds.ask("days", "2026-11-20");
  expect(await feeds.due("days")).toMatchObject([{ day: "2026-11-20", state: "taken", rows: 0 }]);
  expect(await statuses(table)).toHaveLength(4);
});

test("days that were missed while the server was away are fetched once it is back", async () => {
  const feeds = feedsOn(warehouse);
  await feeds.add("away", { url: server.url, table: "away", partitioned: true, days: 1 });
  server.does(sends(lines({ a: 1 })));
  expect(await feeds.due("away")).toMatchObject([{ day: "2026-11-27", state: "taken" }]);
  server.does(sends("", {}, 500));
  for (const day of ["28", "29", "30"]) {
    feeds.clock.ms += 24 * hourMs;
    expect(await feeds.due("away")).toContainEqual(
      expect.objectContaining({ day: `2026-11-${day}`, code: "http_status" }),
    );
  }
  server.does(sends(lines({ a: 2 })));
  feeds.clock.ms += 24 * hourMs;
  const taken = (await feeds.due("away")).filter(({ state }) => state === "taken");
  expect(taken.map(({ day }) => day).sort()).toEqual([
    "2026-11-28",
    "2026-11-29",
    "2026-11-30",
    "2026-12-01",
  ]);
});

test("what shrank by more than half waits for a person, who has it taken", async () => {
  const feeds = feedsOn(warehouse);
  await feeds.add("shrinks", { url: server.url, table: "shrinks" });
  const some = (count: number) => sends(lines(...Array.from({ length: count }, (_, id) => ({ id }))));
  server.does(some(20));
  await feeds.due("shrinks");
  feeds.clock.ms += 24 * hourMs;
  server.does(some(9));
  expect(await feeds.due("shrinks")).toMatchObject([{ state: "waiting", code: "shrank", rows: 9 }]);
  const count = `SELECT COUNT(*) FROM ${defaultDataset}.shrinks`;
  expect(await feeds.rows(count)).toEqual([[20]]);
  await feeds.take("shrinks");
  // What a person saw were nine: three are not what they agreed to, at a table of ten rows or more.
  server.does(some(9));
  expect(await feeds.due("shrinks")).toMatchObject([{ state: "taken", rows: 9 }]);
  expect(await feeds.rows(count)).toEqual([[9]]);
  await expect(feeds.take("shrinks")).rejects.toMatchObject({ code: "feed_not_waiting" });
});

test("a table that the feed has not made is never touched", async () => {
  const feeds = feedsOn(warehouse);
  await feeds.add("mine", { url: server.url, table: "mine" });
  await warehouse.createTable(
    { dataset: defaultDataset, table: "mine" },
    {
      description: "Somebody's",
      columns: [{ name: "date", type: "DATE", description: "d" }],
      partitionBy: "date",
      clusterBy: [],
    },
  );
  server.does(sends(lines({ id: 1 })));
  expect(await feeds.due("mine")).toMatchObject([{ state: "failed", code: "table_taken" }]);
  await expect(feeds.add("two", { url: server.url, table: "typed" })).rejects.toMatchObject({
    code: "feed_refused",
  });
});

test("a stream's table that came before the feed could make its own keeps its rows", async () => {
  const feeds = feedsOn(warehouse);
  const fields = { url: server.url, table: "later" };
  await feeds.add("late", fields);
  server.does(sends("", {}, 500));
  await feeds.due("late");
  const table = { dataset: defaultDataset, table: "later" };
  const columns = [{ name: "date", type: "DATE", required: true, description: "d" }] as const;
  await warehouse.createTable(table, { description: "Hits", columns, partitionBy: "date", clusterBy: [] });
  await warehouse.append(table, columns, [["2026-11-28"]], { deadlineMs: 60_000 });
  server.does(sends(lines({ id: 1 })));
  feeds.clock.ms += hourMs;
  expect(await feeds.due("late")).toMatchObject([{ state: "failed", code: "table_taken" }]);
  expect(await feeds.rows(`SELECT COUNT(*) FROM ${defaultDataset}.later`)).toEqual([[1]]);
  await removeFeed(feeds.ports, thisMachine, "late");
  await expect(feeds.add("late", fields)).rejects.toMatchObject({ code: "feed_refused" });
});

test("two feeds have no table in common, also before it is made", async () => {
  const feeds = feedsOn(warehouse);
  await feeds.add("first", { url: server.url, table: "common" });
  const second = { name: "second", url: server.url, table: `${defaultDataset}.Common`, zone: "UTC" };
  await expect(addFeed(feeds.ports, thisMachine, second)).rejects.toMatchObject({ code: "feed_refused" });
});

test.each([
  ["taken", { id: 1, at: 1 }, /something else has its name/],
  ["halves", { id: 1.5, at: 1 }, /id is FLOAT/],
  ["objects", { id: { a: 1 }, at: 1 }, /id is RECORD/],
  ["unordered", { id: 1, at: { a: 1 } }, /without its order.*at is RECORD/],
])("a view that cannot be as it should holds up nothing: %s", async (name, record, says) => {
  const feeds = feedsOn(warehouse);
  await feeds.add(name, {
    url: server.url,
    table: `${name}_daily`,
    partitioned: true,
    days: 1,
    key: "id",
    updated: "at",
  });
  if (name === "taken")
    await warehouse.createTable(
      { dataset: defaultDataset, table: `${name}_daily_current` },
      {
        description: "Somebody's",
        columns: [{ name: "date", type: "DATE", description: "d" }],
        partitionBy: "date",
        clusterBy: [],
      },
    );
  server.does(sends(lines(record)));
  for (const day of ["27", "28"]) {
    const hint = expect.stringMatching(says);
    expect(await feeds.due(name)).toMatchObject([{ day: `2026-11-${day}`, state: "taken", hint }]);
    feeds.clock.ms += 24 * hourMs;
  }
  expect(await feeds.rows(`SELECT COUNT(*) FROM ${defaultDataset}.${name}_daily`)).toEqual([[2]]);
});

test.each([statementRefused({ why: "'né' is no date" }), warehouseDown({ why: "'né' is no date" })])(
  "what the warehouse quotes of records stands in no list: $code",
  async (refusal) => {
    const feeds = feedsOn({ ...warehouse, replaceTable: () => Promise.reject(refusal) });
    await feeds.add("quotes", { url: server.url, table: "quotes" });
    server.does(sends(lines({ id: 1 })));
    const [fetch] = await feeds.due("quotes");
    expect(fetch).toMatchObject({ code: "not_written", reason: expect.stringContaining(refusal.code) });
    expect(fetch?.reason).not.toContain("né");
  },
);

test("a fetch that was ended half-way is told, and is tried again after a pause, also one asked for", async () => {
  const feeds = feedsOn(warehouse);
  await feeds.add("killed", { url: server.url, table: "killed", partitioned: true, days: 1 });
  server.does(sends(lines({ id: 1 })));
  async function killed(): Promise<void> {
    const ending = new AbortController();
    const get = () => (ending.abort(), Promise.reject(new Error("The process is gone.")));
    await expect(fetchDue({ ...feeds.ports, web: { get }, signal: ending.signal })).rejects.toMatchObject({
      name: "AbortError",
    });
  }
  await killed();
  expect(await feeds.due("killed")).toEqual([]);
  feeds.clock.ms += 5 * 60_000;
  await killed();
  feeds.clock.ms += 5 * 60_000;
  expect(await feeds.due("killed")).toEqual([]);
  feeds.clock.ms += 10 * 60_000;
  expect(await feeds.due("killed")).toMatchObject([{ day: "2026-11-27", state: "taken" }]);
  const state = await readState(feeds.ports, "killed");
  expect(state.parts["2026-11-27"]).not.toHaveProperty("tries");
  expect(state.fetches.map(({ code }) => code)).toEqual([undefined, "ended_early", "ended_early"]);

  await feeds.ask("killed", "2026-11-20");
  await killed();
  expect(await feeds.due("killed")).toEqual([]);
  feeds.clock.ms += 5 * 60_000;
  await killed();
  // Whoever asks again does not wait.
  await feeds.ask("killed", "2026-11-20");
  expect(await feeds.due("killed")).toMatchObject([{ day: "2026-11-20", state: "taken" }]);
});

test("fields of many types are told for the first ones, and counted", async () => {
  const feeds = feedsOn(warehouse);
  await feeds.add("mixed", { url: server.url, table: "mixed" });
  const record = (value: unknown) => Object.fromEntries([..."abcdefg"].map((field) => [field, value]));
  server.does(sends(lines(record(1), record("x"))));
  const [fetch] = await feeds.due("mixed");
  expect(fetch).toMatchObject({ state: "taken", mixed_count: 7 });
  expect(fetch?.mixed?.map(({ field }) => field).join("")).toBe("abcde");
});

test("a table of days has no more columns than one answer may have", () => {
  const some = (of: string) =>
    Array.from({ length: 600 }, (_, n) => ({ field: `${of}${n}`, type: "STRING" as const }));
  const before = columnsOf([], some("a"), true);
  expect(() => columnsOf(before, some("b"), true)).toThrow(/1200.*1000/);
});

test("a table that was made anew by a fetch that could not note it is read as it stands", async () => {
  const feeds = feedsOn(warehouse);
  await feeds.add("unnoted", { url: server.url, table: "unnoted", partitioned: true, days: 1 });
  server.does(sends(lines({ n: 1, more: { a: 1 } })));
  await feeds.due("unnoted");
  const noted = await readState(feeds.ports, "unnoted");
  feeds.clock.ms += 24 * hourMs;
  server.does(sends(lines({ n: "x", more: "text", late: 1 })));
  await feeds.due("unnoted");
  await changeState(feeds.ports, "unnoted", () => noted);
  server.does(sends(lines({ n: 2.5, more: "text" })));
  expect(await feeds.due("unnoted")).toMatchObject([{ day: "2026-11-28", state: "taken" }]);
  expect(await feeds.rows(`SELECT n, more FROM ${defaultDataset}.unnoted ORDER BY feed_date`)).toEqual([
    ["1", '{"a":1}'],
    ["2.5", "text"],
  ]);
});
