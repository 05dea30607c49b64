import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { addImport } from "../../functions/import/registered/imports.ts";
import { modes } from "../../functions/import/registered/fields.ts";
import { thisMachine } from "../../functions/people/who.ts";
import type { Reply } from "../../functions/request.ts";
import type { Warehouse } from "../../functions/warehouse.ts";
import { readConfig } from "../../infra/config.ts";
import { openAdmin } from "../../infra/google/admin.ts";
import { configSchema, type AdminConfig, type ImportConfig } from "../../infra/google/config.ts";
import { openImport } from "../../infra/google/import.ts";
import { openDocuments } from "../../infra/google/registry/documents.ts";
import { registryOf } from "../../infra/google/told.ts";
import { googleSqlOf } from "../../infra/google/warehouse/dialect.ts";
import { openWarehouse } from "../../infra/google/warehouse/warehouse.ts";
import { cutEverywhere } from "../import/load/cut-off.ts";
import { bad, dataset, fileOf, header, importOf } from "../import/loading.ts";
import { follow, sequences } from "../import/sequences.ts";
import { keepsUpWithTable } from "../import/shared/promises.ts";
import { startFakeStorage, type FakeStorage } from "../support/doubles/cloud/fake-storage.ts";
import { memoryWarehouse } from "../support/doubles/memory-warehouse.ts";
import { startEmulator, withEmulators, type Emulator } from "../support/google/emulators.ts";
import { createSubscription, createTopic, project } from "../support/google/google.ts";
import { refusedByBigQuery } from "../support/google/googlesql.ts";
import { request } from "../support/request.ts";
import { until } from "../support/until.ts";

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

withEmulators(["bigquery", "firestore", "pubsub"], () => {
  let emulator: Emulator;
  let firestore: Emulator;
  let pubsub: Emulator;
  let storage: FakeStorage;
  let warehouse: Warehouse;
  beforeAll(async () => {
    [emulator, firestore, pubsub] = await Promise.all([
      startEmulator("bigquery"),
      startEmulator("firestore"),
      startEmulator("pubsub"),
    ]);
    storage = await startFakeStorage();
    warehouse = openWarehouse({
      project,
      location: "US",
      emulator: { rest: emulator.address, grpc: emulator.grpcAddress },
    });
    await warehouse.createDataset({ dataset, table: "any" });
  });
  afterAll(async () => {
    await warehouse?.close();
    await storage?.close();
    await Promise.all([emulator?.stop(), firestore?.stop(), pubsub?.stop()]);
  });

  const settings = () => ({
    PROJECT: project,
    LOCATION: "US",
    BUCKET: storage.bucket,
    IMPORT_TOPIC: `projects/${project}/topics/imports`,
    STORAGE_EMULATOR_HOST: storage.address,
    PUBSUB_EMULATOR_HOST: pubsub.address,
    FIRESTORE_EMULATOR_HOST: firestore.address,
    BIGQUERY_EMULATOR_REST: emulator.address,
    BIGQUERY_EMULATOR_GRPC: emulator.grpcAddress,
  });
  const importConfig = () =>
    readConfig<ImportConfig>(configSchema("import"), { ...settings(), FUNCTION_TARGET: "import" });

  /** What cannot be worked on just now comes again: the emulators of a busy machine may take too long. */
  const acknowledged = (call: () => Promise<Reply> | Reply) =>
    until("it is acknowledged", async () => (await call()).status === 204);

  test("a file that is sent to admin lies in the bucket, and import is told of it and reads it", async () => {
    await createTopic(pubsub.address, "imports");
    await createSubscription(pubsub.address, "imports", "told");
    const hits = {
      TOPIC: "hits",
      SUBSCRIPTION: "deliver",
      RETRY_SUBSCRIPTION: "retried",
      JOBS_TOPIC: "jobs",
    };
    const named = Object.entries(hits).map(([setting, name]) => [
      setting,
      `projects/${project}/${setting.endsWith("TOPIC") ? "topics" : "subscriptions"}/${name}`,
    ]);
    const config = readConfig<AdminConfig>(configSchema("admin"), {
      ...settings(),
      ...(Object.fromEntries(named) as Record<string, string>),
      FUNCTION_TARGET: "admin",
      COLLECT_URL: "https://hits.example.com",
    });
    const { handler, close } = await openAdmin(config, () => undefined, "1.2.3");
    const service = openImport(importConfig(), () => undefined);
    const documents = openDocuments(registryOf(importConfig()));
    try {
      await addImport({ documents, now: Date.now }, thisMachine, { name: "sent", zone: "UTC" });
      const headers = { "content-type": "application/octet-stream" };
      const asked = { path: "/v1/imports/sent/files", query: "file=day.csv", headers, body: fileOf("a") };
      const reply = await handler(request(asked));
      expect([reply.status, String(reply.body)]).toEqual([202, expect.stringContaining('"checking"')]);
      const kept = [...storage.objects].filter(([name]) => name.startsWith("_kept/"));
      expect(kept.map(([, { bytes }]) => String(bytes))).toEqual([fileOf("a")]);
      const pull = `http://${pubsub.address}/v1/projects/${project}/subscriptions/told:pull`;
      let told: unknown[] = [];
      await until("import is told", async () => {
        const answer = await fetch(pull, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: '{"maxMessages":9}',
        });
        told = ((await answer.json()) as { receivedMessages?: unknown[] }).receivedMessages ?? [];
        return told.length > 0;
      });
      expect(told).toHaveLength(1);
      const body = JSON.stringify({ message: { messageId: "1", data: "", attributes: {} } });
      await acknowledged(() => service.handler(request({ path: "/", body })));
      expect(await importOf(warehouse, "sent").rows("import_files", ["source"])).toEqual([
        { source: "upload" },
      ]);
    } finally {
      await close();
      await service.close();
      await documents.close();
    }
  });

  test("a notice of the bucket makes rows of a file, and its sender finds what became of it", async () => {
    const config = importConfig();
    const service = openImport(config, () => undefined);
    const documents = openDocuments(registryOf(config));
    const day = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10);
    const push = (generation: string) => {
      const attributes = {
        eventType: "OBJECT_FINALIZE",
        bucketId: storage.bucket,
        objectId: "noticed/in/day.csv",
        objectGeneration: generation,
      };
      const body = JSON.stringify({ message: { messageId: "1", data: "", attributes } });
      return service.handler(request({ path: "/", body }));
    };
    try {
      await addImport({ documents, now: Date.now }, thisMachine, {
        name: "noticed",
        zone: "UTC",
      });
      const generation = storage.write("noticed/in/day.csv", `${header}${day},deal,lead,a,1.5\n`);
      // Twice at once, as notices may come: the one that is slower may be told to come again.
      await Promise.all([push(generation), push(generation)]);
      await acknowledged(() => push(generation));
      expect(await importOf(warehouse, "noticed").current()).toEqual([[day, "deal", ["lead"], "a", "1.5"]]);
      const result = storage.objects.get("noticed/results/day.csv.result.json");
      expect(JSON.parse(String(result?.bytes))).toMatchObject({ state: "imported", new_events: 1 });
      expect([...storage.objects.keys()].filter((name) => name.startsWith("_kept/"))).toEqual([]);
      await acknowledged(() => service.handler(request({ path: "/sweep" })));
      expect(await importOf(warehouse, "noticed").rows("import_files", ["version"])).toEqual([
        { version: 1 },
      ]);
    } finally {
      await service.close();
      await documents.close();
    }
  });

  test("a table of BigQuery is followed day by day", () =>
    keepsUpWithTable(warehouse, { dataset: "crm", table: "sales" }));

  test.each(sequences)("the sequence %s gives what it must after each file", (sequence) =>
    follow(warehouse, sequence),
  );

  test("after whatever step it is cut off, and however often, the file that comes again gives the tables of one that was not", () =>
    cutEverywhere(warehouse, { isThorough: false }));
});
