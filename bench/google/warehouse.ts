import { emulatedProject } from "../../infra/emulated/emulators.ts";
import { offline } from "../../test/support/google/built.ts";
import { startFakeBigQuery } from "../../test/support/doubles/fake-bigquery.ts";
import { startFakeStorageWrite } from "../../test/support/doubles/fake-storage-write.ts";
import { startFakeFirestore } from "./fake-firestore.ts";

/** What deliver works with, in this process: the emulator of BigQuery is slower than
 *  the code to be measured. */
export type Fakes = Awaited<ReturnType<typeof startFakes>>;

export async function startFakes() {
  const bigquery = await startFakeBigQuery();
  for (const dataset of ["afterclick", "bench"]) bigquery.datasets.set(`${emulatedProject}.${dataset}`, "EU");
  const storage = await startFakeStorageWrite();
  const firestore = await startFakeFirestore((id) => ({
    table: `bench.t_${id.replaceAll("-", "_")}`,
    offset: "+00:00",
  }));
  return {
    firestore,
    storage,
    settings: {
      ...offline.deliver,
      FIRESTORE_EMULATOR_HOST: firestore.address,
      BIGQUERY_EMULATOR_REST: bigquery.address,
      BIGQUERY_EMULATOR_GRPC: storage.address,
      // As many as in the cloud; only the emulator holds fewer.
      BIGQUERY_EMULATOR_CONNECTIONS: "80",
      METADATA_SERVER_DETECTION: "none",
    },
    rows: () => [...storage.rows.values()].reduce((sum, rows) => sum + rows.length, 0),
    /** Rows would fill the memory; who counted them needs them no more. */
    forget() {
      storage.rows.clear();
      storage.requests.length = 0;
    },
    async close() {
      storage.close();
      firestore.close();
      await bigquery.close();
    },
  };
}
