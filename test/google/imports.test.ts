import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { modes } from "../../functions/import/registered/fields.ts";
import type { Warehouse } from "../../functions/warehouse.ts";
import { googleSqlOf } from "../../infra/google/warehouse/dialect.ts";
import { openWarehouse } from "../../infra/google/warehouse/warehouse.ts";
import { cutEverywhere } from "../import/load/cut-off.ts";
import { bad, dataset, fileOf, importOf } from "../import/loading.ts";
import { follow, sequences } from "../import/sequences.ts";
import { memoryWarehouse } from "../support/doubles/memory-warehouse.ts";
import { startEmulator, withEmulators, type Emulator } from "../support/google/emulators.ts";
import { project } from "../support/google/google.ts";
import { refusedByBigQuery } from "../support/google/googlesql.ts";

/** Files of backend events on BigQuery: the code that loads them on one machine, on the other warehouse. */

test("the statements that load a file hold nothing that BigQuery refuses", async () => {
  const said: string[] = [];
  const memory = memoryWarehouse();
  await memory.createDataset({ dataset, table: "any" });
  const warehouse: Warehouse = {
    ...memory,
    sql: googleSqlOf("my-project"),
    async putView(_, view) {
      if (view.kind === "written") said.push(view.sql);
    },
    write: async (statements) => void said.push(...statements),
  };
  for (const mode of modes)
    for (const content of [fileOf("a", "b"), fileOf("a") + bad(12)]) {
      // Its row is nowhere: nothing was written.
      const sent = importOf(warehouse, `it's-${mode}`, { mode }).send("da\\y'.csv", content);
      await expect(sent).rejects.toThrow("was written and is not there");
    }
  expect(said.length).toBeGreaterThan(4 * 8);
  for (const sql of said) expect([sql, refusedByBigQuery(sql)]).toEqual([sql, undefined]);
});

withEmulators(["bigquery"], () => {
  let emulator: Emulator;
  let warehouse: Warehouse;
  beforeAll(async () => {
    emulator = await startEmulator("bigquery");
    warehouse = openWarehouse({
      project,
      location: "US",
      emulator: { rest: emulator.address, grpc: emulator.grpcAddress },
    });
    await warehouse.createDataset({ dataset, table: "any" });
  });
  afterAll(async () => {
    await warehouse?.close();
    await emulator?.stop();
  });

  test.each(sequences)("the sequence %s gives what it must after each file", (sequence) =>
    follow(warehouse, sequence),
  );

  test("after whatever step it is cut off, and however often, the file that comes again gives the tables of one that was not", () =>
    cutEverywhere(warehouse, { isThorough: false }));
});
