import { expect, test } from "@jest/globals";
import { rowColumns } from "../../functions/hits/row.ts";
import { warehouseDown } from "../../functions/problems.ts";
import type { MemoryWarehouse } from "../support/doubles/memory-warehouse.ts";
import { document, hit, id, orders, setup } from "./setup.ts";

test.each<[string, Record<string, unknown> | undefined, (warehouse: MemoryWarehouse) => void, string]>([
  ["a stream without a document", undefined, () => undefined, "stream_missing"],
  ["an invalid document", { table: "example.orders", offset: "Mars" }, () => undefined, "stream_invalid"],
  ...["afterclick.dead_letters", "afterclick.mine", "p-1.Afterclick.x"].map(
    (table): [string, Record<string, unknown>, () => undefined, string] => [
      `a stream on the product's own dataset (${table})`,
      { table, offset: "UTC" },
      () => undefined,
      "stream_invalid",
    ],
  ),
  ["a missing dataset", { table: "nowhere.orders", offset: "UTC" }, () => undefined, "dataset_missing"],
  [
    "a table with a wrong type",
    document,
    (warehouse) =>
      warehouse.putForeign(
        orders,
        rowColumns.map(({ name }) => ({
          name,
          type: "INT64",
          required: false,
        })),
      ),
    "schema_differs",
  ],
  [
    "a table with a further REQUIRED column",
    document,
    (warehouse) =>
      warehouse.putForeign(orders, [
        ...rowColumns.map(({ name, type }) => ({
          name,
          type,
          required: false,
        })),
        { name: "shop", type: "STRING", required: true },
      ]),
    "schema_differs",
  ],
])(
  "%s loses no hit: it is a dead letter with its reason, byte for byte, and logged",
  async (_, given, prepare, reason) => {
    const { deliver, letters, events, warehouse } = await setup(given);
    prepare(warehouse);
    const sent = hit({ body: Buffer.from([0xff, 0x00]) });
    expect(await deliver(sent)).toBe("ack");
    expect(await letters()).toMatchObject([{ hit_id: sent.hit_id, reason, state: "waiting", attempt: 0 }]);
    const [letter] = await warehouse.select({
      from: { dataset: "afterclick", table: "dead_letters" },
      limit: 1,
    });
    expect(Buffer.from(letter!["body"] as Uint8Array)).toEqual(Buffer.from([0xff, 0x00]));
    expect(events).toContainEqual(
      expect.objectContaining({
        event: "dead_letter",
        reason,
        hit_id: sent.hit_id,
      }),
    );
    expect(JSON.stringify(events)).not.toContain(id);
  },
);

test("a replayed hit that arrives is marked delivered", async () => {
  const { deliver, letters, rows } = await setup({
    table: "nowhere.orders",
    offset: "UTC",
  });
  const sent = hit();
  await deliver(sent);
  const fixed = await setup(document);
  await fixed.deliver({ ...sent, replay: 1 });
  expect(await fixed.rows()).toHaveLength(1);
  expect(
    await fixed.warehouse.select({
      from: { dataset: "afterclick", table: "dead_letter_events" },
      limit: 9,
    }),
  ).toMatchObject([{ hit_id: sent.hit_id, attempt: 1, event: "delivered" }]);
  expect(await letters()).toHaveLength(1);
  expect(await rows({ dataset: "nowhere", table: "orders" }).catch(() => [])).toEqual([]);
});

test("a hit whose bytes were altered in the queue is a dead letter of its own reason, with the bytes as they are", async () => {
  const { deliver, letters } = await setup(document);
  const body = Buffer.from([0xff, 0x00]);
  const altered = hit({ body, altered: true });
  expect(await deliver(altered)).toBe("ack");
  const [letter] = await letters();
  expect(letter).toMatchObject({ hit_id: altered.hit_id, reason: "bytes_altered", state: "waiting" });
  expect(Buffer.from(letter!["body"] as Uint8Array)).toEqual(body);
});

test("where even the dead letter cannot be written, the hit stays in the queue", async () => {
  const { deliver } = await setup(undefined, () => ({
    append: () => Promise.reject(warehouseDown({ why: "away" })),
  }));
  expect(await deliver(hit())).toBe("later");
});

test("a hit that was given up on is tried once more, then kept as a dead letter", async () => {
  let down = true;
  const { park, letters, rows } = await setup(document, (warehouse) => ({
    append: (table, ...rest) =>
      down && table.table === "orders"
        ? Promise.reject(warehouseDown({ why: "away" }))
        : warehouse.append(table, ...rest),
  }));
  const sent = hit();
  expect(await park(sent)).toBe("ack");
  expect(await letters()).toMatchObject([{ hit_id: sent.hit_id, reason: "gave_up" }]);
  down = false;
  expect(await park(hit())).toBe("ack");
  expect(await rows()).toHaveLength(1);
});

test("a table in the place of the dead letters' own is named, with what it lacks; the hit waits", async () => {
  const { deliver, warehouse, events } = await setup(undefined);
  await warehouse.createTable(
    { dataset: "afterclick", table: "dead_letters" },
    {
      description: "",
      columns: rowColumns,
      partitionBy: "date",
      clusterBy: [],
    },
  );
  expect(await deliver(hit())).toBe("later");
  expect(events).toContainEqual(
    expect.objectContaining({
      severity: "ERROR",
      detail: expect.stringMatching(/afterclick\.dead_letters .* column reason STRING is missing.*rename it/),
    }),
  );
});

test("a replayed hit whose event cannot be written becomes one row, however often it comes", async () => {
  let fails = true;
  const { deliver, rows, warehouse } = await setup(document, ({ append }) => ({
    append: (table, ...given) =>
      fails && table.table === "dead_letter_events"
        ? Promise.reject(warehouseDown({ why: "events" }))
        : append(table, ...given),
  }));
  const sent = hit({ replay: 1 });
  for (let n = 0; n < 3; n++) expect(await deliver(sent)).toBe("later");
  fails = false;
  expect(await deliver(sent)).toBe("ack");
  expect(await rows()).toHaveLength(1);
  expect(
    await warehouse.select({
      from: { dataset: "afterclick", table: "dead_letter_events" },
      limit: 9,
    }),
  ).toHaveLength(1);
});

test("a hit that was kept apart is a dead letter, also where the document reads well by now; a person's replay is a row", async () => {
  const { deliver, rows, letters } = await setup(document);
  const apart = hit({ kept_apart: true });
  expect(await deliver(apart)).toBe("ack");
  expect(await rows().catch(() => [])).toEqual([]);
  expect(await letters()).toMatchObject([
    { hit_id: apart.hit_id, reason: "proof_unreadable", kept_apart: true },
  ]);
  expect(await deliver({ ...apart, replay: 1 })).toBe("ack");
  expect(await rows()).toMatchObject([{ hit_id: apart.hit_id }]);
});
