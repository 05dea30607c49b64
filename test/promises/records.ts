import { expect } from "@jest/globals";
import { keptHeaders } from "../../functions/headers.ts";
import { makeRow, rowColumns, rowSpec } from "../../functions/hits/row.ts";
import { isProblem } from "../../functions/problem.ts";
import { tableMissing, warehouseDown } from "../../functions/problems.ts";
import { sibling } from "../../functions/table.ts";
import type { Records, Row, Value } from "../../functions/warehouse.ts";
import type { Sender } from "../senders/sender.ts";
import { bodyOf, laterOf, senders } from "../senders/senders.ts";
import { examples } from "./times.ts";
import type { OpenWarehouse } from "./warehouse/setup.ts";
import { promiseSuite } from "./suite.ts";
import { until } from "../support/until.ts";

/** What every warehouse promises of records: how they are named, ordered and taken out of batches. */

interface Given {
  hit_id: string;
  fields?: unknown;
  headers?: Record<string, string>;
  received_at?: number;
  stream_ref?: string;
  is_test?: boolean;
}

export function recordsPromises(driver: string, open: OpenWarehouse): void {
  const openGround = async () => {
    const opened = await open();
    const { warehouse } = opened;
    /** The rows of a view over a table with these hits. */
    function shown(
      hits: readonly Given[],
      view: { records: Records } | { items: string },
      orderBy: string,
      count: number,
    ): Promise<Record<string, Value>[]> {
      return shownOf(hits.map(rowOf), view, orderBy, count);
    }

    async function shownOf(
      rows: readonly Row[],
      view: { records: Records } | { items: string },
      orderBy: string,
      count: number,
    ): Promise<Record<string, Value>[]> {
      const table = opened.freshTable();
      await warehouse.createTable(table, rowSpec);
      await written(() => warehouse.append(table, rowColumns, rows, { deadlineMs: 30_000 }));
      const name = sibling(table, `${table.table}_${"items" in view ? "items" : "current"}`);
      await warehouse.putView(
        name,
        "items" in view
          ? { kind: "items", of: table, items: view.items }
          : { kind: "current", of: table, ...view.records },
      );
      let found: Record<string, Value>[] = [];
      await until(`${count} rows are seen`, async () => {
        found = await warehouse.select({
          from: name,
          orderBy: ["hit_id", ...(orderBy === "" ? [] : [orderBy])].map((column) => ({ column })),
          limit: 1_000,
        });
        return found.length >= count;
      });
      return found;
    }
    return { setup: { shown, shownOf }, close: () => opened.close() };
  };
  const { promise, end } = promiseSuite(driver, openGround, {});

  promise("every text of updated means one moment, or none", async ({ shown }) => {
    const offsets = Object.fromEntries(examples.map(({ offset = "UTC" }) => [refOf(offset), offset]));
    const received = Date.UTC(2001, 0, 1);
    const hits = examples.flatMap(({ text, means, offset = "UTC" }, index) => {
      const moment = means === undefined ? BigInt(received) * 1000n : microsOf(means);
      const row = (side: string, which: string, updated: string): Given => ({
        hit_id: `${String(index).padStart(3, "0")}${side}${which}`,
        fields: { id: `${index}${side}`, at: updated },
        received_at: received,
        stream_ref: refOf(offset),
      });
      return [
        row("a", "-example", text),
        row("a", "-before", isoOf(moment - 1n)),
        row("b", "-example", text),
        row("b", "-after", isoOf(moment + 1n)),
      ];
    });
    const records = { key: "id", updated: "at", offset: "Asia/Tokyo", offsets };
    const found = await shown(hits, { records }, "", examples.length * 2);
    const latest = new Set(found.map(({ hit_id }) => hit_id));
    const wrong = examples.filter(
      (_, index) =>
        !latest.has(`${String(index).padStart(3, "0")}a-example`) ||
        !latest.has(`${String(index).padStart(3, "0")}b-after`),
    );
    expect(wrong).toEqual([]);
    expect(examples.length).toBeGreaterThan(80);
  });

  promise("a path finds its value however the sender nests it", async ({ shown }) => {
    for (const [key, found, other] of paths) {
      const hits = [found, found, other].map((fields, index) => ({ hit_id: `h${index}`, fields }));
      const rows = await shown(hits, { records: { key } }, "", 2);
      expect([key, rows.map(({ hit_id }) => hit_id)]).toEqual([key, ["h1", "h2"]]);
    }
  });

  promise("headers name and order records too, and quoted they are names of fields", async ({ shown }) => {
    const hit = (hit_id: string, topic: string, at: string, name = "same") => ({
      hit_id,
      headers: { "x-topic": topic, "x-at": at },
      fields: { "header:x-topic": name },
    });
    const hits = [
      hit("a", "orders", "2024-05-01T12:00:01Z"),
      hit("b", "orders", "2024-05-01T12:00:00Z"),
      hit("c", "leads", "2024-05-01T12:00:00Z"),
    ];
    const byHeader = await shown(hits, { records: { key: "header:X-Topic", updated: "header:x-at" } }, "", 2);
    expect(byHeader.map(({ hit_id }) => hit_id)).toEqual(["a", "c"]);
    const byName = await shown(hits, { records: { key: '"header:x-topic"' } }, "", 1);
    expect(byName.map(({ hit_id }) => hit_id)).toEqual(["c"]);
  });

  promise(
    "a list of paths names a record together; without a part a row stands for itself",
    async ({ shown }) => {
      const hits = [
        { hit_id: "a", fields: { shop: "x", id: "1" } },
        { hit_id: "b", fields: { shop: "x", id: 1 } },
        { hit_id: "c", fields: { shop: "y", id: "1" } },
        // Never as joined text.
        { hit_id: "d", fields: { shop: 'x","', id: "1" } },
        { hit_id: "e", fields: { shop: "x", id: '","1' } },
        { hit_id: "f", fields: { shop: "x" } },
        { hit_id: "g", fields: { shop: "x" } },
        { hit_id: "h", fields: { shop: "", id: "1" } },
        { hit_id: "i", fields: { shop: "", id: "1" } },
        // What was no text may have been different.
        { hit_id: "j", fields: { shop: "\uFFFD", id: "1" } },
        { hit_id: "k", fields: { shop: "\uFFFD", id: "1" } },
        { hit_id: "l", fields: { shop: "x", id: ["1"] } },
        { hit_id: "m" },
        { hit_id: "n" },
        // The name of a hit is no key.
        { hit_id: "o", fields: { shop: "x", id: "m" } },
      ];
      const rows = await shown(hits, { records: { key: ["shop", "id"] } }, "", 14);
      expect(rows.map(({ hit_id }) => hit_id).join("")).toBe("bcdefghijklmno");
    },
  );

  promise("of one second the row received last is the latest, then the higher hit_id", async ({ shown }) => {
    const hit = (hit_id: string, id: string, received_at: number) => ({
      hit_id,
      fields: { id, at: 1714564800 },
      received_at,
    });
    const hits = [hit("a", "1", 2), hit("b", "1", 1), hit("c", "2", 1), hit("d", "2", 1)];
    const rows = await shown(hits, { records: { key: "id", updated: "at" } }, "", 2);
    expect(rows.map(({ hit_id }) => hit_id)).toEqual(["a", "d"]);
  });

  promise("the items of a batch are a row each, and a hit without them is one row", async ({ shown }) => {
    const hits = [
      { hit_id: "a", fields: { list: [{ id: 1 }, null, "two", [3]] }, headers: { "x-a": "1" } },
      { hit_id: "b", fields: { list: { id: "alone" } } },
      { hit_id: "c", fields: { list: [] } },
      { hit_id: "d", fields: { list: "text" } },
      { hit_id: "e" },
      { hit_id: "f", fields: { list: [{ id: 1 }] }, is_test: true },
      { hit_id: "g", fields: { list: [{ id: 1 }] } },
      { hit_id: "g", fields: { list: [{ id: 1 }] } },
    ];
    const rows = await shown(hits, { items: "list" }, "item_number", 8);
    const seen = rows.map(({ hit_id, item_number, item }) => [hit_id, item_number, parsed(item)]);
    expect(seen).toEqual([
      ["a", 0, { id: 1 }],
      ["a", 1, "two"],
      ["a", 2, [3]],
      ["b", 0, { id: "alone" }],
      ["c", 0, null],
      ["d", 0, null],
      ["e", 0, null],
      ["g", 0, { id: 1 }],
    ]);
    expect(Object.keys(rows[0]!)).toEqual([
      "hit_id",
      "item_number",
      "received_at",
      "date",
      "item",
      "headers",
      "stream_ref",
    ]);
    expect(parsed(rows[0]!["headers"]!)).toEqual({ "x-a": "1" });
  });

  promise("items are found in lists within lists, and where the body is the list", async ({ shown }) => {
    const nested = { entry: [{ changes: [1, 2] }, { other: 0 }, { changes: [3] }] };
    for (const [items, fields] of [
      ["entry.*.changes", nested],
      ["entry.*.changes.*", nested],
      ["$", [1, 2, 3]],
      ["*.n", [{ n: [1, 2] }, {}, { n: [3] }]],
      ["a[0].b", { a: [{ b: [1, 2, 3] }] }],
    ] as const) {
      const rows = await shown([{ hit_id: "a", fields }], { items }, "item_number", 3);
      expect([items, rows.map(({ item }) => parsed(item))]).toEqual([items, [1, 2, 3]]);
    }
  });

  promise(
    "the latest state of items: named inside them, by the whole hit, or for themselves",
    async ({ shown }) => {
      const hit = (hit_id: string, account: string, list: unknown[], received_at = 1_700_000_000_000) => ({
        hit_id,
        fields: { account: { id: account }, list },
        received_at,
      });
      const hits = [
        hit("a", "x", [
          { id: 1, at: "1714564801" },
          { id: 2, at: "1714564800" },
        ]),
        hit("b", "x", [
          { id: 1, at: "1714564800" },
          { id: 2, at: "1714564801" },
        ]),
        hit("c", "y", [{ id: 1, at: "1714564800" }]),
        // Twice in one hit, at one time: the later item.
        hit("d", "z", [
          { id: 1, at: "1714564800" },
          { id: 1, at: "1714564800" },
        ]),
        hit("e", "x", [{ at: "1714564800" }, { at: "1714564800" }]),
        hit("f", "x", []),
      ];
      const records = { key: ["^.account.id", "id"], updated: "at", items: "list" };
      const rows = await shown(hits, { records }, "item_number", 7);
      expect(rows.map(({ hit_id, item_number }) => `${String(hit_id)}${String(item_number)}`)).toEqual([
        "a0",
        "b1",
        "c0",
        "d1",
        "e0",
        "e1",
        "f0",
      ]);
    },
  );

  promise("of each sender the later version is the latest, also where it came first", async ({ shownOf }) => {
    for (const sender of senders) {
      const rows = [
        await rowOfSender(laterOf(sender), "later", 1_700_000_000_000),
        await rowOfSender(sender, "sooner", 1_700_000_001_000),
      ] as const;
      expect([sender.name, rows[1][fieldsAt]]).toEqual([
        sender.name,
        sender.fields ?? bodyOf(sender).toString(),
      ]);
      const { key, updated, items, itemCount = 1 } = sender;
      const records = {
        key,
        ...(updated !== undefined && { updated }),
        ...(items !== undefined && { items }),
      };
      const found = await shownOf(rows, { records }, items === undefined ? "" : "item_number", itemCount);
      // Where the sender says no time, what was received last is the latest.
      const latest = sender.later === undefined ? "sooner" : "later";
      expect([sender.name, found.map(({ hit_id }) => hit_id)]).toEqual([
        sender.name,
        Array.from({ length: itemCount }, () => latest),
      ]);
      const fields = parsed(rows[latest === "later" ? 0 : 1][fieldsAt]);
      if (items === undefined) expect(parsed(found[0]!["fields"]!)).toEqual(fields);
      else
        expect(found.every(({ item }) => JSON.stringify(fields).includes(JSON.stringify(parsed(item))))).toBe(
          true,
        );
    }
  });

  end();
}

const fieldsAt = rowColumns.findIndex(({ name }) => name === "fields");

/** The row that collect and deliver make of what a sender sends. */
async function rowOfSender(
  { body, headers }: Pick<Sender, "body" | "headers">,
  hit_id: string,
  received_at: number,
): Promise<Row> {
  const kept = keptHeaders(headers, (value) => value);
  const type = headers["content-type"];
  const hit = {
    hit_id,
    stream_id: "522ed95e-9f07-45f6-a0b7-28bf2d0315e5",
    received_at,
    date: "2023-11-14",
    body: bodyOf({ body }),
    ...(type !== undefined && { content_type: type }),
    ...(kept !== undefined && { headers: kept }),
  };
  return makeRow(hit, "2023-11-14");
}

const parsed = (item: Value | undefined): unknown => JSON.parse(String(item ?? null));

/** Two hits with the first fields are one record, one with the second is another. */
const paths: readonly (readonly [path: string, fields: unknown, other: unknown])[] = [
  ["orderId", { orderId: "1" }, { orderId: "2" }],
  ["order.id", { order: { id: 1 } }, { order: { id: 2 } }],
  ["Номер заказа", { "Номер заказа": "1" }, { "Номер заказа": "2" }],
  ["Заказ.@Номер", { Заказ: { "@Номер": "1" } }, { Заказ: { "@Номер": "2" } }],
  ["sf:Id.$", { "sf:Id": { $: "1" } }, { "sf:Id": { $: "2" } }],
  ["ids.0", { ids: ["1"] }, { ids: ["2", "1"] }],
  ["ids.0", { ids: { "0": "1" } }, { ids: { "0": "2" } }],
  ["0.id", [{ id: 1 }], [{ id: 2 }]],
  ["data[FIELDS][ID]", { data: { FIELDS: { ID: 1 } } }, { data: { FIELDS: { ID: 2 } } }],
  ["data[FIELDS][ID]", { "data[FIELDS][ID]": 1 }, { "data[FIELDS][ID]": 2 }],
  ["leads[0][id]", { leads: [{ id: 1 }] }, { leads: [{ id: 2 }] }],
  ["tags[]", { "tags[]": "1" }, { "tags[]": "2" }],
  ['"order.id"', { "order.id": 1 }, { order: { id: 1 } }],
  ['"0"', { "0": "1" }, ["1"]],
  ["a-b_c:d", { "a-b_c:d": true }, { "a-b_c:d": false }],
  ...["**", "a*", "[*]", "#", "?(@.x>1)", "$", "a/b; c", "^", "header:x"].map(
    (name) => [`"${name}"`, { [name]: "1", other: "2" }, { [name]: "2", other: "1" }] as const,
  ),
];

/** A table that was made a moment ago may not be found yet. */
async function written(append: () => Promise<void>): Promise<void> {
  await until("the rows are written", async () => {
    try {
      await append();
      return true;
    } catch (error) {
      if (isProblem(error, tableMissing) || isProblem(error, warehouseDown)) return false;
      throw error;
    }
  });
}

const refOf = (offset: string) => `ref ${offset}`;

function microsOf(iso: string): bigint {
  return BigInt(Date.parse(`${iso.slice(0, 19)}Z`)) * 1000n + BigInt(iso.slice(20, 26));
}

function isoOf(micros: bigint): string {
  const ms = micros / 1000n - (micros % 1000n < 0n ? 1n : 0n);
  return new Date(Number(ms)).toISOString().replace("Z", `${String(micros - ms * 1000n).padStart(3, "0")}Z`);
}

function rowOf({ hit_id, fields, headers, ...more }: Given): Value[] {
  const values: Record<string, Value> = {
    hit_id,
    payload: "",
    received_at: 1_700_000_000_000,
    date: "2024-05-01",
    fields: fields === undefined ? null : JSON.stringify(fields),
    headers: headers === undefined ? null : JSON.stringify(headers),
    is_test: false,
    ...more,
  };
  return rowColumns.map(({ name }) => values[name] ?? null);
}
