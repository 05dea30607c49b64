import { afterAll, beforeAll } from "@jest/globals";
import { openWarehouse } from "../../../../infra/google/warehouse/warehouse.ts";
import { readingPromises } from "../../../promises/reading.ts";
import { startEmulator, withEmulators, type Emulator } from "../../../support/google/emulators.ts";
import { freshName, project } from "../../../support/google/google.ts";

/** What is read of odd bodies, on the BigQuery emulator. */

withEmulators(["bigquery"], () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator("bigquery");
  });
  afterAll(() => emulator.stop());

  readingPromises(
    "BigQuery",
    async () => {
      const warehouse = openWarehouse({
        project,
        location: "US",
        emulator: { rest: emulator.address, grpc: emulator.grpcAddress },
        connectionsMax: 2, // the emulator has few threads for them
      });
      const dataset = freshName("d").replaceAll("-", "_");
      await warehouse.createDataset({ dataset, table: "any" });
      return {
        warehouse,
        freshTable: () => ({ dataset, table: freshName("t").replaceAll("-", "_") }),
        missingDatasetTable: () => ({ dataset: freshName("none").replaceAll("-", "_"), table: "t" }),
        showsAtOnce: false,
        close: () => warehouse.close(),
      };
    },
    {
      "the body is what the docs say it is, in the one SQL text":
        "the emulator casts a text to BYTES as DuckDB does, which reads backslashes in it",
    },
  );
});
