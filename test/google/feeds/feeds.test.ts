import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Warehouse } from "../../../functions/warehouse.ts";
import { readConfig } from "../../../infra/config.ts";
import { configSchema, type ImportConfig } from "../../../infra/google/config.ts";
import { openImport } from "../../../infra/google/import.ts";
import { openDocuments } from "../../../infra/google/registry/documents.ts";
import { registryOf } from "../../../infra/google/told.ts";
import { openWarehouse } from "../../../infra/google/warehouse/warehouse.ts";
import { openReach } from "../../../infra/web/reach.ts";
import { openWeb } from "../../../infra/web/web.ts";
import { sameTables } from "../../feeds/same-tables.ts";
import { defaultDataset, productDataset } from "../../feeds/setup.ts";
import { startFakeStorage, type FakeStorage } from "../../support/doubles/cloud/fake-storage.ts";
import { startEmulator, withEmulators, type Emulator } from "../../support/google/emulators.ts";
import { project } from "../../support/google/google.ts";
import { request } from "../../support/request.ts";
import { until } from "../../support/until.ts";
import { lines, sends, startFeedServer, type FeedServer } from "../../support/wire/feed-server.ts";

/** Feeds on BigQuery: the code of one machine, on the other warehouse, and the function that runs it. */

withEmulators(["bigquery", "firestore"], () => {
  let emulator: Emulator;
  let firestore: Emulator;
  let storage: FakeStorage;
  let server: FeedServer;
  let warehouse: Warehouse;
  beforeAll(async () => {
    [emulator, firestore] = await Promise.all([startEmulator("bigquery"), startEmulator("firestore")]);
    storage = await startFakeStorage();
    server = await startFeedServer();
    warehouse = openWarehouse({
      project,
      location: "US",
      emulator: { rest: emulator.address, grpc: emulator.grpcAddress },
    });
    for (const dataset of [productDataset, defaultDataset])
      await warehouse.createDataset({ dataset, table: "any" });
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await warehouse?.close();
    await storage?.close();
    await Promise.all([emulator?.stop(), firestore?.stop()]);
  });

  test("the tables of feeds are as on one machine", () => sameTables(warehouse, server));

  test("a feed that was written straight into Firestore is fetched when the clock calls", async () => {
    const config = readConfig<ImportConfig>(configSchema("import"), {
      FUNCTION_TARGET: "import",
      PROJECT: project,
      LOCATION: "US",
      PRODUCT_DATASET: productDataset,
      DEFAULT_DATASET: defaultDataset,
      BUCKET: storage.bucket,
      IMPORT_TOPIC: `projects/${project}/topics/imports`,
      STORAGE_EMULATOR_HOST: storage.address,
      // Nothing is published here.
      PUBSUB_EMULATOR_HOST: "127.0.0.1:1",
      FIRESTORE_EMULATOR_HOST: firestore.address,
      BIGQUERY_EMULATOR_REST: emulator.address,
      BIGQUERY_EMULATOR_GRPC: emulator.grpcAddress,
    });
    const service = openImport(config, () => undefined, openWeb(openReach(["127.0.0.1"])));
    const documents = openDocuments(registryOf(config));
    try {
      const document = { url: server.url, table: "by_hand", zone: "UTC" };
      await documents.commit([{ kind: "feeds", id: "by-hand", document }]);
      server.does(sends(lines({ id: "N1" }, { id: "N2" })));
      await until(
        "the sweep is done",
        async () => (await service.handler(request({ path: "/sweep" }))).status === 204,
      );
      const table = { dataset: defaultDataset, table: "by_hand" };
      expect(await warehouse.select({ from: table, orderBy: [{ column: "id" }], limit: 10 })).toEqual([
        { id: "N1" },
        { id: "N2" },
      ]);
      // What was kept of the answer is gone.
      expect([...storage.objects.keys()]).toEqual([]);
      // Who fetches has let go of it.
      expect((await documents.read("fetches", "by-hand"))?.document).not.toHaveProperty("held_until");
    } finally {
      await service.close();
      await documents.close();
    }
  });
});
