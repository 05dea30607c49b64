import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { JobView } from "../../functions/letters/job.ts";
import { streamRef } from "../../functions/stream-ref.ts";
import { registerStream, start, type Emulated } from "../../infra/emulated/start.ts";
import { build, offline, type Built } from "../support/google/built.ts";
import { withEmulators } from "../support/google/emulators.ts";
import { startFakeStorageWrite } from "../support/doubles/fake-storage-write.ts";
import { frozen } from "../support/machine/frozen.ts";
import { until } from "../support/until.ts";
import { storm } from "./storm.ts";

/** The built zip on Google's emulators, every function and every service a process of its own. In full:
 *  node test/google/storm-run.ts */

withEmulators(["pubsub", "firestore", "bigquery"], () => {
  let built: Built;
  let cloud: Emulated;
  beforeAll(async () => {
    built = build();
    cloud = await start({
      zipFile: built.zipFile,
      env: process.env,
      queue: { ackDeadlineSeconds: 10 },
    });
  });
  afterAll(async () => {
    await cloud.stop();
    await built.remove();
  });

  const send = (
    stream: string,
    body: string | Uint8Array = "orderId=N1",
    headers: Record<string, string> = {},
  ) =>
    fetch(`${cloud.collectUrl}/ds/${stream}`, {
      method: "POST",
      body,
      headers,
    });

  async function accepted(
    stream: string,
    body?: string | Uint8Array,
    headers?: Record<string, string>,
  ): Promise<string> {
    const answer = await send(stream, body, headers);
    const document = (await answer.json()) as { hit_id: string };
    expect(answer.status).toBe(200);
    return document.hit_id;
  }

  async function register(document: Record<string, string>): Promise<string> {
    const id = randomUUID();
    await registerStream(cloud.emulator("firestore").address, id, {
      offset: "UTC",
      ...document,
    });
    return id;
  }

  async function admin<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const answer = await fetch(cloud.adminUrl + path, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { "content-type": "application/json" },
      }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: HTTP ${answer.status} ${text}`);
    return JSON.parse(text) as Answer;
  }

  type Found = {
    state: string;
    rows: { row: { payload: string; payload_bytes?: string } }[];
    dead_letter?: { reason: string };
  };
  const find = (hitId: string) => admin<Found>("GET", `/v1/hits/${hitId}`);
  const arrives = (hitIds: readonly string[], state = "in_table") =>
    until(`all are ${state}`, async () => {
      for (const hitId of hitIds) if ((await find(hitId)).state !== state) return false;
      return true;
    });

  const job = (id: string) => admin<JobView>("GET", `/v1/jobs/${id}`);
  /** What came of a job that is begun here. */
  async function ended(body: object): Promise<JobView> {
    const { id } = await admin<JobView>("POST", "/v1/jobs", body);
    await until("the job has ended", async () => (await job(id).catch(() => undefined))?.state === "done");
    return job(id);
  }

  const bigquery = (method: string, path: string, body?: object) =>
    fetch(`http://${cloud.emulator("bigquery").address}/bigquery/v2/projects/p1${path}`, {
      method,
      headers: { "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });

  test("malformed JSON, bytes that are no text, an odd charset: what arrives is what was sent, byte for byte", async () => {
    const stream = await register({ table: "conversions.bytes" });
    const bodies = [
      Buffer.from('{"orderId":"N1", broken'),
      Buffer.from([0, 255, 254, 13, 10, 128]),
      Buffer.alloc(0),
      Buffer.alloc(1024 * 1024, 0xfe),
    ];
    const hits = await Promise.all(
      bodies.map((body) =>
        accepted(stream, body, {
          "content-type": "application/json; charset=klingon",
        }),
      ),
    );
    await arrives(hits);
    for (const [n, hitId] of hits.entries()) {
      const { payload, payload_bytes } = (await find(hitId)).rows[0]!.row;
      const arrived = payload_bytes == null ? Buffer.from(payload) : Buffer.from(payload_bytes, "base64");
      expect(arrived.equals(bodies[n]!)).toBe(true);
    }
  });

  test("the datasets are those that Terraform makes unless it is told otherwise", async () => {
    const variables = readFileSync(new URL("../../terraform/variables.tf", import.meta.url), "utf8");
    const usual = [/optional\(string, "(\w+)"\)\n\s*create/, /\{ (\w+) = \{\} \}/].map(
      (written) => written.exec(variables)![1],
    );
    const answer = await bigquery("GET", "/datasets");
    const { datasets } = (await answer.json()) as { datasets: { datasetReference: { datasetId: string } }[] };
    expect(datasets.map(({ datasetReference }) => datasetReference.datasetId).toSorted()).toEqual(usual);
  });

  test("no dataset is made that the cloud would not make: a warning says so, and hits wait as dead letters", async () => {
    const added = await admin<{ id: string; warnings: string[] }>("POST", "/v1/streams", {
      table: "elsewhere.orders",
      offset: "UTC",
    });
    expect(added.warnings.join()).toMatch(/elsewhere/);
    expect((await bigquery("GET", "/datasets/elsewhere")).status).toBe(404);
    const hit = await accepted(added.id);
    await arrives([hit], "dead_letter");
    expect((await find(hit)).dead_letter?.reason).toBe("dataset_missing");
    expect((await bigquery("GET", "/datasets/elsewhere")).status).toBe(404);
  });

  test("Pub/Sub away: 503 within the deadline and never a 2xx, whether it refuses or hangs; then hits are taken again", async () => {
    const stream = await register({ table: "conversions.pubsub_away" });
    await arrives([await accepted(stream)]);
    const statuses = async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => send(stream)));
      return new Set(
        await Promise.all(
          answers.map(
            async (answer) => `${answer.status} ${((await answer.json()) as { code: string }).code}`,
          ),
        ),
      );
    };
    await frozen(cloud.emulator("pubsub"));
    try {
      expect(await statuses()).toEqual(new Set(["503 queue_down"]));
      expect((await fetch(`${cloud.collectUrl}/health`)).status).toBe(503);
    } finally {
      cloud.emulator("pubsub").resume();
    }
    await until("hits are taken again", async () => (await send(stream)).status === 200);
    await cloud.stopEmulator("pubsub");
    expect(await statuses()).toEqual(new Set(["503 queue_down"]));
    await cloud.startEmulator("pubsub");
    await until("hits are taken again", async () => (await send(stream)).status === 200);
    await arrives([await accepted(stream)]);
  });

  test("Firestore away: streams that are known go on, others are 503 and never 404", async () => {
    const known = await register({ table: "conversions.registry_away" });
    const cold = await register({ table: "conversions.registry_away" });
    await accepted(known);
    await frozen(cloud.emulator("firestore"));
    const hits: string[] = [];
    try {
      hits.push(await accepted(known));
      const answer = await send(cold);
      expect(answer.status).toBe(503);
      expect(await answer.json()).toMatchObject({ code: "registry_down" });
    } finally {
      cloud.emulator("firestore").resume();
    }
    // Now deliver knows the stream as well.
    await arrives(hits);
    await cloud.stopEmulator("firestore");
    const last = await accepted(known);
    expect((await send(cold)).status).toBe(503);
    await cloud.startEmulator("firestore");
    for (const id of [known, cold]) {
      await registerStream(cloud.emulator("firestore").address, id, {
        table: "conversions.registry_away",
        offset: "UTC",
      });
    }
    await until("others are taken again", async () => (await send(cold)).status === 200);
    await arrives([last]);
  });

  test("BigQuery away: hits are taken all the same, and arrive later", async () => {
    const stream = await register({ table: "conversions.warehouse_away" });
    await arrives([await accepted(stream)]);
    await cloud.stopEmulator("bigquery");
    const hits = [];
    for (let n = 0; n < 20; n++) hits.push(await accepted(stream));
    await cloud.startEmulator("bigquery");
    await arrives(hits);
  });

  test("a table with a wrong type: dead letters; fixed and replayed: rows", async () => {
    const reference = {
      projectId: "p1",
      datasetId: "conversions",
      tableId: "wrong",
    };
    const fields = [
      { name: "hit_id", type: "STRING" },
      { name: "payload", type: "INTEGER" },
      { name: "received_at", type: "INTEGER" },
      { name: "date", type: "DATE" },
    ];
    const made = await bigquery("POST", "/datasets/conversions/tables", {
      tableReference: reference,
      schema: { fields },
    });
    expect(made.status).toBe(200);
    const stream = await register({ table: "conversions.wrong" });
    const hits = [await accepted(stream, "one"), await accepted(stream, "two")];
    await arrives(hits, "dead_letter");
    expect((await find(hits[0]!)).dead_letter).toMatchObject({
      reason: "schema_differs",
    });
    // Until it is fixed, a replay is refused.
    const replay = { what: "replay", stream_id: stream } as const;
    expect(await ended(replay)).toMatchObject({ done: 0, refused: [{ stream_ref: streamRef(stream) }] });
    expect((await bigquery("DELETE", "/datasets/conversions/tables/wrong")).ok).toBe(true);
    expect(await ended(replay)).toMatchObject({ of: 2, done: 2, refused: [] });
    await arrives(hits);
    expect((await find(hits[1]!)).rows[0]!.row.payload).toBe("two");
  });

  test("a job goes on when the instance that works on it is killed, and a step that comes twice is done once", async () => {
    const stream = await register({ table: "missing_dataset.jobs" });
    const hits: string[] = [];
    for (let count = 0; count < 20; count++) hits.push(await accepted(stream, `n=${count}`));
    await arrives(hits, "dead_letter");
    await admin("PATCH", `/v1/streams/${stream}`, { table: "conversions.jobs" });
    const { id } = await admin<JobView>("POST", "/v1/jobs", { what: "replay", stream_id: stream });
    // Its first step is on its way to this very instance.
    await cloud.instance("admin").end();
    await cloud.startInstance("admin");
    await until("the job has ended", async () => (await job(id).catch(() => undefined))?.state === "done");
    const { done, about, of } = await job(id);
    expect(of).toBe(20);
    if (about !== true) expect(done).toBe(20);
    await until("all are told as written", async () => (await job(id)).outcome?.written === 20);

    // Pushed again, at once and twice, by whoever knows its key.
    const document = await fetch(
      `http://${cloud.emulator("firestore").address}/v1/projects/p1/databases/(default)/documents/jobs/${id}`,
      { headers: { authorization: "Bearer owner" } },
    );
    const { fields } = (await document.json()) as { fields: { key: { stringValue: string } } };
    const step = { job: id, step: 0, key: fields.key.stringValue };
    const push = (what: object) =>
      fetch(`${cloud.adminUrl}/jobs/step`, {
        method: "POST",
        body: JSON.stringify({
          message: { messageId: "1", data: Buffer.from(JSON.stringify(what)).toString("base64") },
        }),
      });
    const answers = await Promise.all([push(step), push(step), push({ ...step, key: "guessed" }), push({})]);
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204]);
    expect((await push({ ...step, step: 7 })).status).toBe(204);
    expect(await job(id)).toMatchObject({ state: "done", done });
    expect((await fetch(`${cloud.adminUrl}/jobs/step`, { method: "POST", body: "{}" })).status).toBe(400);
  });

  test("hits are followed as they arrive, each viewer by a subscription of their own", async () => {
    const stream = await register({ table: "conversions.live" });
    const leaving = new AbortController();
    const url = `${cloud.adminUrl}/v1/streams/${stream}/tail?viewer=one`;
    const answer = await fetch(url, { signal: leaving.signal });
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    let text = "";
    const reading = (async () => {
      for await (const chunk of answer.body!) text += Buffer.from(chunk).toString();
    })().catch(() => undefined);
    // Its subscription is made after the first heartbeat.
    let hit = "";
    await until("a hit is shown", async () => {
      hit = await accepted(stream, "orderId=L1", { "x-topic": "orders" });
      return text.includes("event: hit");
    });
    await until("and the last one", () => text.includes(hit));
    expect(text).toContain('"preview":"orderId=L1"');
    expect(text).toContain('"x-topic":"orders"');
    leaving.abort();
    await reading;
  });

  test("a stream whose appends hang holds up none of 50 others", async () => {
    const fake = await startFakeStorageWrite();
    const deliver = await built.run({
      ...offline.deliver,
      FIRESTORE_EMULATOR_HOST: cloud.emulator("firestore").address,
      BIGQUERY_EMULATOR_REST: cloud.emulator("bigquery").address,
      BIGQUERY_EMULATOR_GRPC: fake.address,
      BIGQUERY_EMULATOR_CONNECTIONS: "80",
    });
    try {
      fake.behave(({ writeStream }) => (writeStream.includes("/tables/sick/") ? "hang" : "store"));
      // As many pushes at once as Cloud Run hands to an instance; the others wait outside.
      const place = places(40);
      const push = (stream: string) => place(() => pushNow(stream));
      const pushNow = async (stream: string): Promise<number> => {
        const now = String(Date.now());
        const attributes = { stream_id: stream, hit_id: randomUUID(), received_at: now };
        const message = {
          data: Buffer.from("a=1").toString("base64"),
          attributes,
          messageId: "1",
        };
        return (
          await fetch(deliver.url, {
            method: "POST",
            body: JSON.stringify({ message }),
          })
        ).status;
      };
      const sick = await register({ table: "conversions.sick" });
      const healthy = await Promise.all(
        Array.from({ length: 50 }, (_, n) => register({ table: `conversions.healthy_${n}` })),
      );
      // Making the tables takes the emulator longer than an append may hang.
      expect(new Set(await Promise.all(healthy.map(push)))).toEqual(new Set([204]));
      const waiting = [push(sick)];
      const sickPushes = (count: number) =>
        void waiting.push(...Array.from({ length: count }, () => push(sick)));
      await until("the sick one hangs", () =>
        fake.requests.some(({ writeStream }) => writeStream.includes("/tables/sick/")),
      );
      let isGivenUp = false;
      void waiting[0]!.then(() => (isGivenUp = true));
      // Enough to take all places before the others come: these go on once the sick ones are sent away.
      sickPushes(45);
      expect(new Set(await Promise.all(healthy.map(push)))).toEqual(new Set([204]));
      // They did not wait until the sick one's first append was given up, which takes 30 s.
      expect(isGivenUp).toBe(false);
      sickPushes(20);
      expect(new Set(await Promise.all(healthy.map(push)))).toEqual(new Set([204]));
      fake.behave(() => "store");
      fake.release();
      expect(new Set(await Promise.all(waiting))).toEqual(new Set([204, 503]));
      await until("it is well again", async () => (await push(sick)) === 204);
    } finally {
      await deliver.end();
      fake.close();
    }
  });

  test("whatever is killed, hung or started anew: no hit that was answered 2xx is missing or altered", async () => {
    const report = await storm(cloud, {
      seconds: 12,
      hitsMin: 50,
      seed: Math.floor(Math.random() * 1e6),
      senders: 6,
    });
    console.log(JSON.stringify(report));
    expect(report).toMatchObject({ missing: [], altered: [] });
    expect(report.acknowledged).toBeGreaterThanOrEqual(50);
  });
});

/** At most so many at once; first come, first served. */
function places(free: number) {
  const waiting: (() => void)[] = [];
  return async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
