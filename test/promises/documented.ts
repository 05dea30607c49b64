/** The SQL of the docs, run on one ground after the other: the same rows on each. */
import { expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { activity, activityRow, activityTable } from "../../functions/activity/tables.ts";
import { makeRow, rowColumns, rowSpec } from "../../functions/hits/row.ts";
import { letterRow } from "../../functions/letters/letter.ts";
import { letterStore } from "../../functions/letters/store.ts";
import { streamRef } from "../../functions/stream-ref.ts";
import type { TableRef } from "../../functions/table.ts";
import type { Column, Warehouse } from "../../functions/warehouse.ts";
import { until } from "../support/until.ts";

/** The blocks of a language, by page, in their order. */
export function documentedSql(language: "sql" | "duckdb"): { page: string; sql: string }[] {
  return ["README.md", "docs/warehouse.md"].flatMap((page) => {
    const text = readFileSync(new URL(`../../${page}`, import.meta.url), "utf8");
    return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)\`\`\`$`, "gm"))].map(
      ([, sql]) => ({
        page,
        sql: sql!.trim(),
      }),
    );
  });
}

const streamId = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";
const receivedAt = 1_603_131_452_000;
// A text asks for the last 90 days.
const date = new Date().toISOString().slice(0, 10);
const orders: TableRef = { dataset: "example", table: "orders" };
const ordersCurrent: TableRef = { dataset: "example", table: "orders_current" };
const purchases: TableRef = { dataset: "web", table: "purchases" };
const options = { deadlineMs: 60_000 };

const bodies = [
  "orderId=N1&status=new&total=120.13&userId=U1",
  "orderId=N1&status=delivered&total=120.13&userId=U1",
  "orderId=N2&status=delivered&total=100.5&userId=U2",
  "orderId=N3&status=cancelled&total=7&userId=U3",
  '{"orderId":"N4","status":"delivered","total":"a lot","userId":""}',
  '{"orderId":"N5","status":{"id":1},"total":1}',
];
const purchaseColumns: readonly Column[] = [
  { name: "date", type: "DATE", required: true, description: "when" },
  { name: "source", type: "STRING", description: "from where" },
  { name: "transaction_id", type: "STRING", description: "the order" },
];

/** What they say, by the words that each of them alone has. Numbers compare as numbers. */
const wanted: readonly (readonly [words: string, rows: readonly (readonly unknown[])[]])[] = [
  ["!= 'cancelled'", [["delivered", 3, 220.63]]],
  [
    "CURRENT_DATE() - 90",
    [
      ["N1", "delivered"],
      ["N2", "delivered"],
      ["N3", "cancelled"],
      ["N4", "delivered"],
      ["N5", null],
    ],
  ],
  [
    "TIMESTAMP_MILLIS",
    [
      ["N1", "delivered", "2020-10-19T18:17:33.000Z"],
      ["N2", "delivered", "2020-10-19T18:17:34.000Z"],
      ["N4", "delivered", "2020-10-19T18:17:36.000Z"],
    ],
  ],
  [
    "NOT JSON_VALUE",
    [
      ["cancelled", 1, 7],
      ["delivered", 2, 220.63],
    ],
  ],
  [
    "FROM web.purchases",
    [
      ["2020-10-18", "cpc", 1, 120.13],
      ["2020-10-19", "mail", 1, 100.5],
    ],
  ],
  ["dead_letter_states", [["dataset_missing", streamRef(streamId), 1]]],
  [
    "FROM afterclick.activity",
    [
      ["2020-10-18", 3, null],
      ["2020-10-19", 7, 2],
    ],
  ],
];

export const joined = wanted.find(([words]) => words === "FROM web.purchases")![1];

const plain = (value: unknown): unknown =>
  typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
export const plainRows = (rows: readonly (readonly unknown[])[]): unknown[][] =>
  rows.map((row) => row.map(plain));

/** Orders, web events, a dead letter and what was counted, as the texts mean them. */
export async function fillDocumented(warehouse: Warehouse): Promise<void> {
  for (const dataset of ["example", "web", "afterclick"])
    await warehouse.createDataset({ dataset, table: "any" });
  await warehouse.createTable(orders, rowSpec);
  await warehouse.createTable(purchases, {
    description: "web events",
    columns: purchaseColumns,
    partitionBy: "date",
    clusterBy: [],
  });
  await warehouse.putView({ dataset: "example", table: "orders_unique" }, { kind: "unique", of: orders });
  await warehouse.putView(ordersCurrent, { kind: "current", of: orders, key: "orderId" });
  const hit = (body: string, index: number) => ({
    hit_id: `aaaaaaaa-0000-4000-8000-00000000000${index}`,
    stream_id: streamId,
    received_at: receivedAt + index * 1000,
    date,
    body: Buffer.from(body),
  });
  const rows = await Promise.all(bodies.map((body, index) => makeRow(hit(body, index), date)));
  await warehouse.append(orders, rowColumns, rows, options);
  const events = [
    ["2020-10-18", "cpc", "N1"],
    ["2020-10-19", "mail", "N2"],
    ["2020-10-19", "mail", "N3"],
  ];
  await warehouse.append(purchases, purchaseColumns, events, options);
  const store = letterStore({ warehouse, productDataset: "afterclick", log: () => undefined });
  await store.ensure();
  const letter = letterRow(hit("x", 9), {
    reason: "dataset_missing",
    detail: "It is not there.",
    at: receivedAt,
  });
  await store.append("letters", [letter], options);
  const counted = { stream_ref: streamRef(streamId), minutes: 1, instance: "i", at: receivedAt };
  const counts = [
    { ...counted, date: "2020-10-18", minute: receivedAt - 86_400_000, hits: 3 },
    { ...counted, date: "2020-10-19", minute: receivedAt, hits: 5 },
    { ...counted, date: "2020-10-19", minute: receivedAt + 60_000, hits: 2 },
    { ...counted, date: "2020-10-19", minute: receivedAt, refused: 2, refused_reason: "too_large" },
    { ...counted, date: "2020-10-19", minute: receivedAt, hits: 1, stream_ref: "aaaaaaaaaaaa" },
  ];
  await warehouse.createTable(activityTable("afterclick"), activity);
  await warehouse.append(activityTable("afterclick"), activity.columns, counts.map(activityRow), options);
}

export function documentedPromises(
  driver: string,
  open: () => Promise<{ warehouse: Warehouse; close(): Promise<void> }>,
): void {
  test(`${driver}: each SQL text of the docs gives the same rows as on every ground`, async () => {
    const { warehouse, close } = await open();
    try {
      await fillDocumented(warehouse);
      const ask = { rowsMax: 100, deadlineMs: 60_000 };
      await until("the rows are there", async () => {
        const counts = "(select count(*) from example.orders), (select count(*) from web.purchases)";
        const own =
          "(select count(*) from afterclick.dead_letter_states), (select count(*) from afterclick.activity)";
        const { rows } = await warehouse.query(`select ${counts}, ${own}`, ask);
        return rows[0]!.map(Number).join() === `${bodies.length},3,1,5`;
      });
      const texts = documentedSql("sql");
      expect(texts).toHaveLength(wanted.length);
      for (const { page, sql } of texts) {
        const found = wanted.filter(([words]) => sql.includes(words));
        expect({ page, sql, found: found.length }).toEqual({ page, sql, found: 1 });
        const { rows } = await warehouse.query(sql.replace(/;$/, ""), ask);
        expect({ sql, rows: plainRows(rows) }).toEqual({ sql, rows: found[0]![1] });
      }
    } finally {
      await close();
    }
  });
}
