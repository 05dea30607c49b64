import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, test } from "@jest/globals";
import type { JobView } from "../../functions/letters/job.ts";
import { streamRef } from "../../functions/stream-ref.ts";
import { inFolder } from "../support/folder.ts";
import { endAll, startProduct, type Product } from "../support/product.ts";
import { until } from "../support/until.ts";

afterEach(endAll);

const letters = 2_500;
const sendersAtOnce = 50;

/** A stream whose table's name differs from one that is there in upper and lower case alone:
 *  no row can be written. */
async function failing(product: Product): Promise<string> {
  const add = (table: string) =>
    product.admin<{ id: string }>("POST", "/v1/streams", { table, offset: "UTC" });
  const [first, second] = [await add("shop.cased"), await add("shop.CASED")];
  const send = async (id: string, body: string) =>
    expect((await fetch(`${product.collectUrl}/ds/${id}`, { method: "POST", body })).status).toBe(200);
  await send(first.id, "a=1");
  await until("the table is there", async () =>
    product.admin("GET", "/v1/tables/shop.cased/rows").then(
      () => true,
      () => false,
    ),
  );
  const sender = async (from: number) => {
    for (let n = from; n < letters; n += sendersAtOnce) await send(second.id, `n=${n}`);
  };
  await Promise.all(Array.from({ length: sendersAtOnce }, (_, from) => sender(from)));
  return second.id;
}

const counted = async (product: Product, sql: string) =>
  Number((await product.admin<{ rows: unknown[][] }>("POST", "/v1/query", { sql })).rows[0]![0]);
/** The state of a job as a killed process has left it: the next one goes on with it before it is asked. */
function stateIn(directory: string, id: string): string {
  const db = new DatabaseSync(join(directory, "registry.sqlite"));
  const found = db.prepare("SELECT document FROM documents WHERE kind = 'jobs' AND id = ?").get(id);
  db.close();
  return (JSON.parse(String(found!["document"])) as JobView).state;
}

const job = (product: Product, id: string) => product.admin<JobView>("GET", `/v1/jobs/${id}`);

test("a replay of many outlives kills of the process, and each hit is one row of its stream", () =>
  inFolder(async (directory) => {
    let product = await startProduct(directory);
    const stream = await failing(product);
    const waiting = `SELECT count(*) FROM afterclick.dead_letter_states WHERE stream_ref = '${streamRef(stream)}' AND state = 'waiting'`;
    await until("all wait", async () => (await counted(product, waiting)) === letters);
    await product.admin("PATCH", `/v1/streams/${stream}`, { table: "shop.mended" });
    const { id, of } = await product.admin<JobView>("POST", "/v1/jobs", {
      what: "replay",
      stream_id: stream,
    });
    expect(of).toBe(letters);

    // At once, then as soon as it says that it is further.
    const left: string[] = [];
    for (let kills = 0; kills < 3; kills++) {
      await product.end("SIGKILL");
      left.push(stateIn(directory, id));
      product = await startProduct(directory);
      const before = await job(product, id);
      await until("it is further", async () => {
        const { state, done } = await job(product, id);
        return state !== "running" || done > before.done;
      });
    }
    expect(left[0]).toBe("running");
    await until("the job has ended", async () => (await job(product, id)).state === "done");
    const ended = await job(product, id);
    if (ended.about !== true) expect(ended.done).toBe(letters);
    expect(ended.done).toBeLessThanOrEqual(letters);

    await until("nothing waits, and all are rows", async () => {
      const rows = await counted(product, "SELECT count(DISTINCT hit_id) FROM shop.mended").catch(() => 0);
      return rows === letters && (await counted(product, waiting)) === 0;
    });
    expect(await counted(product, "SELECT count(*) FROM shop.mended_unique")).toBe(letters);
    // Whoever asks again has a new job, which finds nothing.
    const again = await product.admin<JobView>("POST", "/v1/jobs", { what: "replay", stream_id: stream });
    expect(again).toMatchObject({ of: 0 });
    expect(again.id).not.toBe(id);
  }));

test("SIGTERM ends a job's step with its batch, and the next start goes on", () =>
  inFolder(async (directory) => {
    let product = await startProduct(directory);
    const stream = await failing(product);
    const { id } = await product.admin<JobView>("POST", "/v1/jobs", {
      what: "discard",
      stream_id: stream,
      note: "a test",
    });
    expect(await product.end("SIGTERM")).toBe(0);
    product = await startProduct(directory);
    await until("the job has ended", async () => (await job(product, id)).state === "done");
    // Every letter that waited when it began; those that failed later were not meant.
    expect(await job(product, id)).not.toHaveProperty("about");
  }));
