import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createDeliver } from "../../../functions/deliver/deliver.ts";
import { letterStore } from "../../../functions/letters/store.ts";
import { warehouseDown } from "../../../functions/problems.ts";
import { createStreamCache } from "../../../functions/streams/cache.ts";
import type { Warehouse } from "../../../functions/warehouse.ts";
import { openWarehouse } from "../../../infra/google/warehouse/warehouse.ts";
import { memoryRegistry } from "../../support/doubles/memory-registry.ts";
import { startEmulator, withEmulators, type Emulator } from "../../support/google/emulators.ts";
import { freshName, project } from "../../support/google/google.ts";
import { hit, id } from "../../deliver/setup.ts";

withEmulators(["bigquery"], () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator("bigquery");
  });
  afterAll(() => emulator.stop());

  test("views that an instance owed when it ended are made with the first hit of their table at the next one", async () => {
    const dataset = freshName("d").replaceAll("-", "_");
    const orders = { dataset, table: "orders" };
    const warehouse = openWarehouse({
      project,
      location: "US",
      emulator: { rest: emulator.address, grpc: emulator.grpcAddress },
    });
    const registry = memoryRegistry();
    const document = { table: `${dataset}.orders`, offset: "UTC", key: "orderId" };
    await registry.write(id, document, null);
    const instance = (faults: Partial<Warehouse>) => {
      const log = () => undefined;
      const streams = createStreamCache(registry, { defaultDataset: "d", productDataset: "afterclick", log });
      const sick = { ...warehouse, ...faults };
      const letters = letterStore({ warehouse: sick, productDataset: "afterclick", log });
      return createDeliver({ streams, warehouse: sick, letters, now: Date.now, log });
    };
    const kinds = async () => {
      const views = ["orders", "orders_unique", "orders_current"].map((table) => ({ ...orders, table }));
      const found = await Promise.all(views.map((view) => warehouse.describe(view)));
      return found.map((one) => one?.kind);
    };
    try {
      await warehouse.createDataset(orders);
      const first = instance({ putView: () => Promise.reject(warehouseDown({ why: "no answer" })) });
      expect(await first.deliver(hit())).toBe("ack");
      expect(await kinds()).toEqual(["table", undefined, undefined]);
      expect(await instance({}).deliver(hit())).toBe("ack");
      expect(await kinds()).toEqual(["table", "view", "view"]);
    } finally {
      await warehouse.close();
    }
  });
});
