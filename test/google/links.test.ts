import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { linkEvents } from "../../functions/import/links/link.ts";
import { readWebEvents } from "../../functions/import/links/refresh.ts";
import { webEventsOf } from "../../functions/import/links/mapping.ts";
import { backendEvents } from "../../functions/import/tables.ts";
import type { Warehouse } from "../../functions/warehouse.ts";
import { googleSqlOf } from "../../infra/google/warehouse/dialect.ts";
import { openWarehouse } from "../../infra/google/warehouse/warehouse.ts";
import { linkPromises } from "../import/links/promises.ts";
import { createTakeHit } from "../../functions/import/hits/take.ts";
import { createStreamCache } from "../../functions/streams/cache.ts";
import { memoryDocuments } from "../support/doubles/memory-documents.ts";
import { memoryRegistry } from "../support/doubles/memory-registry.ts";
import { openGround, settings } from "../import/links/setup.ts";
import { startEmulator, withEmulators, type Emulator } from "../support/google/emulators.ts";
import { memoryWarehouse } from "../support/doubles/memory-warehouse.ts";
import { refusedByBigQuery } from "../support/google/googlesql.ts";
import { freshName, project } from "../support/google/google.ts";

/** The emulator is more lenient than BigQuery: what only BigQuery refuses is looked for in the SQL's text. */
test("the statements and views of links hold nothing that BigQuery refuses", async () => {
  const said: string[] = [];
  const memory = memoryWarehouse();
  await memory.createDataset({ dataset: "afterclick", table: "any" });
  const warehouse: Warehouse = {
    ...memory,
    sql: googleSqlOf("my-project"),
    async putView(_, view) {
      if (view.kind === "written") said.push(view.sql);
    },
    write: async (statements) => void said.push(...statements),
    // What is linked has no rows here.
    select: async () => [],
  };
  const { ports, web } = await openGround(warehouse, "afterclick");
  const named = { defaultDataset: "crm", productDataset: "afterclick" };
  const stream = { table: "site-hits_unique", transaction_id: "fields:$.order.id" };
  const sources = [
    web,
    webEventsOf(named, { preset: "ga4", table: "analytics_1.events_", zone: "America/New_York" }),
    webEventsOf(named, { ...stream, preset: "stream", ev: "=it's\\a lead" }),
    webEventsOf(named, { ...stream, preset: "stream", ev: "fields:$.kind" }),
  ];
  await warehouse.createDataset({ dataset: "analytics_1", table: "any" });
  for (const day of ["20261119", "20261120"])
    await warehouse.createTable({ dataset: "analytics_1", table: `events_${day}` }, backendEvents);
  for (const source of sources) await readWebEvents(ports, source, { first: "2026-11-01" });
  for (const zone of ["UTC", "-03:30", "Europe/Amsterdam"])
    for (const more of [{}, { order: "any", choice: "first", after_days: 0 } as const])
      for (const which of ["due", "all"] as const)
        await linkEvents(ports, {
          importId: "o'crm",
          source: "site",
          which,
          settings: { ...settings, zone, ...more },
        });
  expect(said.length).toBe(4 + 4 * 4 + 2 * 12);
  for (const sql of said) expect([sql, refusedByBigQuery(sql)]).toEqual([sql, undefined]);
});

withEmulators(["bigquery"], () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator("bigquery");
  });
  afterAll(() => emulator.stop());

  const openFresh = async () => {
    const warehouse = openWarehouse({
      project,
      location: "US",
      emulator: { rest: emulator.address, grpc: emulator.grpcAddress },
      connectionsMax: 2, // the emulator has few threads for them
    });
    const dataset = freshName("d").replaceAll("-", "_");
    await warehouse.createDataset({ dataset, table: "any" });
    const ground = await openGround(warehouse, dataset);
    return { ...ground, [Symbol.asyncDispose]: () => warehouse.close() };
  };

  linkPromises(openFresh);

  test("a hit of a stream that carries backend events is one event, however often it comes", async () => {
    await using ground = await openFresh();
    const { warehouse, dataset } = ground.ports;
    const registry = memoryRegistry();
    const stream_id = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";
    const backend_events = {
      import: "crm",
      ev: "=deal",
      reference_ev: "=lead",
      reference_id: "id",
      value: "total",
    };
    await registry.write(stream_id, { table: "shop.orders", offset: "UTC", backend_events }, null);
    const log = () => undefined;
    const now = () => Date.parse("2026-11-21T08:00:00Z");
    const take = createTakeHit({
      streams: createStreamCache(registry, { defaultDataset: "crm", productDataset: dataset, log }),
      documents: memoryDocuments(),
      warehouse,
      productDataset: dataset,
      asksForLinks: false,
      now,
      elapsed: () => 0,
      log,
    });
    const hit = {
      hit_id: "00000000-0000-4000-8000-000000000001",
      stream_id,
      received_at: now(),
      date: "2026-11-21",
      body: Buffer.from('[{"id":"A","total":"10.50"},{"id":""}]'),
      for_import: true,
    } as const;
    expect([await take(hit), await take(hit)]).toEqual(["ack", "ack"]);
    const links = await ground.links(["hit_id", "reference_id", "value", "reference_ev"]);
    expect([...links.values()]).toEqual([
      expect.objectContaining({
        hit_id: hit.hit_id,
        reference_id: "A",
        value: "10.5",
        reference_ev: '["lead"]',
      }),
    ]);
    const rejected = await warehouse.select({
      from: { dataset, table: "backend_event_rejects" },
      columns: ["hit_id", "row_no", "import_id"],
      limit: 9,
    });
    expect(rejected[0]).toEqual({ hit_id: hit.hit_id, row_no: 2, import_id: "crm" });
  });
});
