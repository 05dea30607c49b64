import { expect } from "@jest/globals";
import type { Warehouse } from "../../functions/warehouse.ts";
import { lines, sends, type FeedServer } from "../support/wire/feed-server.ts";
import { defaultDataset, feedsOn } from "./setup.ts";

const hourMs = 3_600_000;
const product = { sku: `a'"\\ \n`, list: [1, null] };

/** What feeds make of these answers, on whatever ground. */
export async function sameTables(warehouse: Warehouse, server: FeedServer): Promise<void> {
  const feeds = feedsOn(warehouse);
  const table = (name: string) => warehouse.sql.table({ dataset: defaultDataset, table: name });
  await typedTable({ warehouse, server, feeds, table });
  await dailyTable({ server, feeds, table });
}

interface Scene {
  readonly server: FeedServer;
  readonly feeds: ReturnType<typeof feedsOn>;
  readonly table: (name: string) => string;
}

async function typedTable({ warehouse: { sql }, server, feeds, table }: Scene & { warehouse: Warehouse }) {
  await feeds.add("typed", { url: server.url, table: "typed", key: "id", updated: "created" });
  server.does(
    sends(
      lines(
        { id: "N1", total: 900, isFirst: false, created: "2020-10-17T16:47:05.0Z", bday: "2020-12-31" },
        { id: "N2", total: 10.9, surname: null, product, bday: "" },
        { id: "N3", created: "2026-01-01 10:00:00", both: 1, "big one": 1 },
        { id: "N3", created: "2026-01-01T11:00:00+02:00", both: { a: true } },
      ) + '{"id":"N4","both":"x","big one":9007199254740993}\n',
    ),
  );
  expect(await feeds.due("typed")).toMatchObject([
    {
      state: "taken",
      rows: 5,
      format: "ndjson",
      mixed: [{ field: "both", types: ["INTEGER", "RECORD", "STRING"] }],
    },
  ]);
  const columns = [
    "id",
    "total",
    "isFirst",
    sql.micros("created"),
    "CAST(bday AS STRING)",
    "surname",
    sql.jsonText("product"),
    sql.name("both"),
    "CAST(big_one AS STRING)",
  ];
  const read = async (from: string) =>
    (await feeds.rows(`SELECT ${columns.join(", ")} FROM ${from} ORDER BY id, created`)).map((row) =>
      row.map((value, index) => (index === 3 && value !== null ? Number(value) : value)),
    );
  const at = (text: string) => Date.parse(text) * 1000;
  const [early, late] = [
    ["N3", null, null, at("2026-01-01T08:00:00Z"), null, null, null, "1", "1"],
    ["N3", null, null, at("2026-01-01T09:00:00Z"), null, null, null, '{"a":true}', null],
  ];
  const others = [
    ["N1", 900, false, at("2020-10-17T16:47:05Z"), "2020-12-31", null, null, null, null],
    ["N2", 10.9, null, null, null, null, JSON.stringify(product), null, null],
  ];
  const last = ["N4", null, null, null, null, null, null, "x", "9007199254740993"];
  const sorted = (rows: unknown[][]) => rows.map((row) => JSON.stringify(sortedKeys(row))).sort();
  expect(sorted(await read(table("typed")))).toEqual(sorted([...others, early!, late!, last]));
  expect(sorted(await read(table("typed_current")))).toEqual(sorted([...others, late!, last]));

  // Replaced as a whole, its columns too.
  server.does(sends(lines({ id: "N9" })));
  feeds.clock.ms += 24 * hourMs;
  expect(await feeds.due("typed")).toMatchObject([{ state: "taken", rows: 1, rows_before: 5 }]);
  expect(await feeds.rows(`SELECT * FROM ${table("typed")}`)).toEqual([["N9"]]);
  expect(await feeds.due("typed")).toEqual([]);
}

async function dailyTable({ server, feeds, table }: Scene) {
  await feeds.add("daily", { url: server.url, table: "daily", partitioned: true, days: 2 });
  const days = async () =>
    (await feeds.rows(`SELECT CAST(feed_date AS STRING), id, n FROM ${table("daily")} ORDER BY 1, 2`)).map(
      String,
    );
  server.does(sends(lines({ id: 1, n: 1, at: "2026-11-28T10:00:00Z", more: { a: 1 } })));
  await feeds.due("daily");
  expect(await days()).toEqual(["2026-11-27,1,1", "2026-11-28,1,1"]);
  // A day more, in the same columns: the rows of the days that are asked for again are others.
  feeds.clock.ms += 24 * hourMs;
  server.does(sends(lines({ id: 2, n: 2 }, { id: 3, n: 2 })));
  await feeds.due("daily");
  expect(await days()).toEqual([
    "2026-11-27,1,1",
    "2026-11-28,2,2",
    "2026-11-28,3,2",
    "2026-11-29,2,2",
    "2026-11-29,3,2",
  ]);
  // Other types and another field: the days before keep their rows.
  feeds.clock.ms += 24 * hourMs;
  server.does(sends(lines({ id: "x", n: 2.5, at: "soon", more: "text", late: true })));
  await feeds.due("daily");
  expect(await days()).toEqual([
    "2026-11-27,1,1",
    "2026-11-28,2,2",
    "2026-11-28,3,2",
    "2026-11-29,x,2.5",
    "2026-11-30,x,2.5",
  ]);
  expect(
    await feeds.rows(
      `SELECT more, late FROM ${table("daily")} WHERE CAST(feed_date AS STRING) IN ('2026-11-27', '2026-11-30') ORDER BY feed_date`,
    ),
  ).toEqual([
    ['{"a":1}', null],
    ["text", true],
  ]);
}

/** A store of JSON may order the keys. */
function sortedKeys(row: readonly unknown[]): unknown[] {
  return row.map((value) =>
    typeof value === "string" && value.startsWith("{")
      ? Object.entries(JSON.parse(value) as object).sort(([one], [other]) => (one < other ? -1 : 1))
      : value,
  );
}
