import { afterAll, beforeAll } from "@jest/globals";
import { openWarehouse } from "../../../../infra/google/warehouse/warehouse.ts";
import { borrowedPromises } from "../../../promises/borrowed.ts";
import { documentedPromises } from "../../../promises/documented.ts";
import { reconcilePromises } from "../../../promises/warehouse/reconcile.ts";
import { shapePromises } from "../../../promises/warehouse/shapes.ts";
import { startEmulator, withEmulators, type Emulator } from "../../../support/google/emulators.ts";
import { project } from "../../../support/google/google.ts";

withEmulators(["bigquery"], () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator("bigquery");
  });
  afterAll(() => emulator.stop());

  const open = async () => {
    const warehouse = openWarehouse({
      project,
      location: "US",
      emulator: { rest: emulator.address, grpc: emulator.grpcAddress },
      connectionsMax: 2, // the emulator has few threads for them
    });
    return { warehouse, close: () => warehouse.close() };
  };
  documentedPromises("BigQuery", open);
  borrowedPromises("BigQuery", open);
  shapePromises("BigQuery", open, (name) => name.toLowerCase());
  reconcilePromises("BigQuery", open, 300);
});
