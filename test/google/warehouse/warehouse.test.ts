import { afterAll, beforeAll } from "@jest/globals";
import { openWarehouse } from "../../../infra/google/warehouse/warehouse.ts";
import { warehousePromises } from "../../promises/warehouse.ts";
import { startEmulator, withEmulators, type Emulator } from "../../support/google/emulators.ts";
import { freshName, project } from "../../support/google/google.ts";

/** The promises of every warehouse, on the BigQuery emulator. */

/** Each one is shown in another way, in test/google/warehouse/ or storage-write/. */
const declined = {
  "missing columns are added, empty for old rows and filled for new ones":
    "the emulator shows columns that tables.patch adds, but stores none",
  "a batch with refused rows names them, and none of its rows is written":
    "the emulator refuses the request without naming a row",
  "a table without a column, or with another type, refuses the batch and says which":
    "the emulator leaves out the columns that the table lacks",
  "a required column that is not written refuses the batch": "the emulator accepts missing REQUIRED columns",
  "a load into a table that is missing says so": "the emulator's job says that the data is invalid",
  "a view that is put again stays; another definition replaces it; new columns join it":
    "the emulator shows columns that tables.patch adds, but stores none",
  "a query gives rows as JSON holds them, and says when it was cut":
    "the emulator does not say that a UNION is a SELECT",
  "a query that would change something is refused and changes nothing":
    "the emulator runs scripts in a dry run",
};

withEmulators(["bigquery"], () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator("bigquery");
  });
  afterAll(() => emulator.stop());

  warehousePromises(
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
        freshTable: () => ({
          dataset,
          table: freshName("t").replaceAll("-", "_"),
        }),
        missingDatasetTable: () => ({
          dataset: freshName("none").replaceAll("-", "_"),
          table: "t",
        }),
        showsAtOnce: false,
        close: () => warehouse.close(),
      };
    },
    declined,
  );
});
