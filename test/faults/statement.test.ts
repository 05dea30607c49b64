/** A statement that nothing but the end of its process stops, in the whole product. */
import { afterEach, expect, test } from "@jest/globals";
import { inFolder } from "../support/folder.ts";
import { childrenOf } from "../support/machine/processes.ts";
import { endAll, exampleStream, startProduct, type Product } from "../support/product.ts";
import { until } from "../support/until.ts";

afterEach(endAll);

/** DuckDB does not look for an interrupt meanwhile; on one core it takes minutes. */
const unstoppable = "select repeat('9', 2000000)::bignum";

async function send(product: Product, order: number): Promise<string> {
  const reply = await fetch(`${product.collectUrl}/ds/${exampleStream}`, {
    method: "POST",
    body: `orderId=N${order}`,
  });
  expect(reply.status).toBe(200);
  return ((await reply.json()) as { hit_id: string }).hit_id;
}

const query = (product: Product, sql: string, deadline_seconds: number) =>
  product.admin<{ rows: unknown[][] }>("POST", "/v1/query", { sql, deadline_seconds, rows_max: 100_000 });

async function arrived(product: Product, hits: readonly string[]): Promise<void> {
  await until("every hit is a row", async () => {
    const { rows } = await query(product, "select distinct hit_id from example.orders", 60).catch(() => ({
      rows: [],
    }));
    const found = new Set(rows.map(([hit]) => hit));
    return hits.every((hit) => found.has(hit));
  });
}

/** Sends hits until the work has ended. @returns their ids */
async function during(product: Product, work: Promise<unknown>): Promise<string[]> {
  const hits: string[] = [];
  let isOver = false;
  void work.then(
    () => (isOver = true),
    () => (isOver = true),
  );
  while (!isOver) hits.push(await send(product, hits.length));
  return hits;
}

test(
  "while a statement has to be ended with the warehouse's process, every hit is taken and becomes a row",
  () =>
    inFolder(async (directory) => {
      const product = await startProduct(directory);
      const before = await send(product, 0);
      await arrived(product, [before]);
      const asked = query(product, unstoppable, 1).catch((error: Error) => error.message);
      const hits = await during(product, asked);
      expect(await asked).toContain("did not end when it was told to");
      expect(hits.length).toBeGreaterThan(0);
      await arrived(product, [before, ...hits]);
      expect(await product.end("SIGTERM")).toBe(0);
      expect(product.output()).not.toContain("terminate called");
    }),
  600_000,
);

test(
  "a second signal ends the server at once beside such a statement, and loses nothing",
  () =>
    inFolder(async (directory) => {
      const product = await startProduct(directory);
      const first = await send(product, 0);
      await arrived(product, [first]);
      const [child] = childrenOf(product.pid, "warehouse.worker");
      const asked = query(product, unstoppable, 300).catch(() => undefined);
      const hits = [first, await send(product, 1), await send(product, 2)];
      const ended = product.end("SIGTERM");
      await until("the product has heard", () => product.output().includes("Stopping"));
      process.kill(product.pid, "SIGINT");
      expect(await ended).toBe(hurried);
      await asked;
      await until("the warehouse's process is gone", () => !isAlive(child!));
      expect(product.output()).not.toMatch(/terminate called|SIGABRT/);
      const next = await startProduct(directory);
      await arrived(next, hits);
      expect(await next.end("SIGTERM")).toBe(0);
    }),
  600_000,
);

const hurried = 130;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
