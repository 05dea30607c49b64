import { expect, test } from "@jest/globals";
import { rowColumns } from "../../../functions/hits/row.ts";
import { deadLetters } from "../../../functions/letters/letter.ts";
import type { Records, View } from "../../../functions/warehouse.ts";
import { viewSql } from "../../../infra/google/warehouse/views.ts";
import { documentedSql } from "../../promises/documented.ts";
import { senders } from "../../senders/senders.ts";
import { refusedByBigQuery } from "../../support/google/googlesql.ts";

/** The emulator is more lenient than BigQuery: what only BigQuery refuses is looked for in the SQL's text. */

const of = { dataset: "crm", table: "leads-2" };
const columns = [...rowColumns.map(({ name }) => name), "at", "rows", "hash", "item"];
const sqlOf = (view: View, shown: readonly string[] = columns) => viewSql(view, shown, "my-project");

/** Names that are reserved, hold quotes' neighbours, dots or other scripts; headers; the whole hit. */
const keys: readonly Records["key"][] = [
  "orderId",
  "select.from",
  "Номер заказа.@Код",
  "data[FIELDS][ID]",
  '"a.b"',
  ["header:x-shop", "ids.0", "a-b_c:d"],
];

test("the views of streams hold nothing that BigQuery refuses, whatever the paths, zones and columns", () => {
  const others = {
    offset: "Europe/Kyiv",
    offsets: { abcdefabcdef: "-05:30", "0123456789ab": "Asia/Tokyo", aaaaaaaaaaaa: "UTC" },
  };
  const views: View[] = keys.flatMap((key): View[] => [
    { kind: "current", of, key },
    { kind: "current", of, key, updated: "header:x-at" },
    { kind: "current", of, key, updated: "meta.time", ...others },
    { kind: "current", of, key, updated: "^.entry.0.time", items: "entry.*.changes", ...others },
  ]);
  for (const items of ["$", "events", "a[0].b", "entry.*.changes.*"])
    views.push({ kind: "items", of, items });
  for (const { key, updated, items } of senders)
    views.push({
      kind: "current",
      of,
      key,
      ...(updated !== undefined && { updated }),
      ...(items !== undefined && { items }),
    });
  views.push({ kind: "unique", of });
  for (const view of views) {
    expect([view, refusedByBigQuery(sqlOf(view))]).toEqual([view, undefined]);
    // A table that somebody else made, with the promised columns and fields alone.
    const few = ["hit_id", "payload", "received_at", "date", "fields"];
    expect([view, refusedByBigQuery(sqlOf(view, few))]).toEqual([view, undefined]);
  }
});

test("the view of dead letters, and the SQL of the docs, hold nothing that BigQuery refuses", () => {
  const letters = { dataset: "afterclick", table: "dead_letters" };
  const events = { dataset: "afterclick", table: "dead_letter_events" };
  const view: View = { kind: "dead_letter_states", letters, events };
  expect(
    refusedByBigQuery(
      sqlOf(
        view,
        deadLetters.columns.map(({ name }) => name),
      ),
    ),
  ).toBeUndefined();
  for (const { sql } of documentedSql("sql")) expect([sql, refusedByBigQuery(sql)]).toEqual([sql, undefined]);
});

test("a view of a thousand streams in as many zones as there are is short enough", () => {
  const zones = Intl.supportedValuesOf("timeZone");
  const offsets = Object.fromEntries(
    Array.from({ length: 1_000 }, (_, index) => [
      index.toString(16).padStart(12, "0"),
      zones[index % zones.length]!,
    ]),
  );
  const view: View = { kind: "current", of, key: "id", updated: "at", offset: "UTC", offsets };
  expect(refusedByBigQuery(sqlOf(view))).toBeUndefined();
});

test.each([
  ["SELECT a::INT64 FROM t", "cannot be read"],
  ["SELECT fields->>'a' FROM t", "no operator"],
  ["SELECT '\\d' FROM t", "escape"],
  ['SELECT "a" FROM t', "is a text"],
  ["SELECT 1 AS rows FROM t", "reserved"],
  ["SELECT STRFTIME(a) FROM t", "no function"],
  ["SELECT CAST(a AS VARCHAR) FROM t", "no type"],
  ["SELECT a FROM t QUALIFY ROW_NUMBER() OVER (PARTITION BY a) = 1", "without WHERE"],
  [
    "SELECT a FROM (SELECT a FROM t WHERE TRUE) QUALIFY ROW_NUMBER() OVER (PARTITION BY a) = 1",
    "without WHERE",
  ],
  ["SELECT JSON_VALUE(a, CONCAT('$.', b)) FROM t", "no literal"],
  ["SELECT (a FROM t", "not closed"],
  [`SELECT '${"x".repeat(262_145)}'`, "letters"],
])("what BigQuery does not take is found: %s", (sql, why) => {
  expect(refusedByBigQuery(sql)).toMatch(new RegExp(why));
});
