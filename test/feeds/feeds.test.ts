import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
