import { DuckDBInstance } from "@duckdb/node-api";
import { rowColumns } from "../functions/hits/row.ts";
import type { Records, View } from "../functions/warehouse.ts";
import { duckdbSql } from "../infra/local/warehouse/dialect.ts";
import { recordsSql } from "../infra/sql/records.ts";

/** What the views cost on DuckDB beside reading the table: node bench/current.ts [ROWS]
 *
 *  CPU of all threads for each row of the table, the least of five runs. Each order has
 *  four hits, in any order. */

const rows = Number(process.argv[2] ?? 100_000);
const runs = 5;
const of = { dataset: "bench", table: "orders" };

const instance = await DuckDBInstance.create(":memory:");
const connection = await instance.connect();
await connection.run("set TimeZone = 'UTC'");
await connection.run("create schema bench");
await connection.run(`create table bench.orders as
  select uuid()::varchar as hit_id, '' as payload, 1700000000000 + i as received_at,
    date '2026-11-20' + (i % 30)::integer as "date", 'application/json' as content_type, null::varchar as query,
    '{"x-topic":"orders"}'::json as headers,
    json_object('orderId', i % ${Math.ceil(rows / 4)}, 'status', 'delivered', 'total', '120.13', 'unix', 1790000000 + hash(i) % 1000000,
      'iso', strftime(make_timestamp((1790000000 + hash(i)::uhugeint % 1000000)::bigint * 1000000), '%Y-%m-%dT%H:%M:%SZ'),
      'wall', strftime(make_timestamp((1790000000 + hash(i)::uhugeint % 1000000)::bigint * 1000000), '%Y-%m-%d %H:%M:%S')) as fields,
    null::blob as payload_bytes, 'ref' || i % 2 as stream_ref, false as is_test
  from range(${rows}) as t(i)`);

const columns = rowColumns.map(({ name }) => name);
const view = (view: View & { kind: "unique" | "items" | "current" }) =>
  recordsSql(duckdbSql, view, { from: "bench.orders", columns });
const current = (records: Omit<Records, "key">) => view({ kind: "current", of, key: "orderId", ...records });

const texts: Record<string, string> = {
  "the table": "select * from bench.orders",
  _unique: view({ kind: "unique", of }),
  "_current, by received_at": current({}),
  "_current, updated: Unix s": current({ updated: "unix" }),
  "_current, updated: ISO 8601 with Z": current({ updated: "iso" }),
  "_current, updated: of the stream's zone": current({ updated: "wall", offset: "Europe/Kyiv" }),
  "_current, updated: of one of two zones": current({
    updated: "wall",
    offset: "Europe/Kyiv",
    offsets: { ref0: "Asia/Tokyo", ref1: "Europe/Kyiv" },
  }),
};
console.log(`${rows} rows, CPU of all threads in µs a row`);
for (const [name, sql] of Object.entries(texts)) {
  // What a query of people does: some columns of all rows.
  const text = `select count(*), count(fields->>'$.status'), max(received_at) from (${sql})`;
  const took: number[] = [];
  for (let run = 0; run < runs; run++) {
    const before = process.cpuUsage();
    await connection.runAndReadAll(text);
    const { user, system } = process.cpuUsage(before);
    took.push((user + system) / rows);
  }
  console.log(
    `${name.padEnd(42)} ${Math.min(...took)
      .toFixed(2)
      .padStart(7)}`,
  );
}
connection.closeSync();
instance.closeSync();
