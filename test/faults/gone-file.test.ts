import { afterEach, expect, test } from "@jest/globals";
import { copyFile, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { inFolder } from "../support/folder.ts";
import { endAll, exampleStream, launchProduct, startProduct, type Product } from "../support/product.ts";
import { until } from "../support/until.ts";
import { deliverAll, untilDelivered } from "./campaign/evidence/delivered.ts";
import { readEvidence } from "./campaign/evidence/evidence.ts";

afterEach(endAll);

/** A running product, and the hits that it has answered 200. */
interface Running {
  readonly product: Product;
  readonly stored: Set<string>;
  /** @returns the status */
  send(body: string): Promise<number>;
  health(): Promise<number>;
}

async function begin(directory: string, args: readonly string[] = []): Promise<Running> {
  const product = await launchProduct(directory, {}, [process.execPath, "infra/local/main.mjs", ...args])
    .ready;
  const stored = new Set<string>();
  return {
    product,
    stored,
    async send(body) {
      const reply = await fetch(`${product.collectUrl}/ds/${exampleStream}`, { method: "POST", body });
      if (reply.status === 200) stored.add(((await reply.json()) as { hit_id: string }).hit_id);
      return reply.status;
    },
    health: async () => (await fetch(`${product.collectUrl}/health`)).status,
  };
}

/** What the status says of a part; undefined where it is well. */
async function amiss(product: Product, part: string): Promise<string | undefined> {
  const { checks } = await product.admin<{ checks: { name: string; ok: boolean; detail?: string }[] }>(
    "GET",
    "/v1/status",
  );
  const { ok, detail } = checks.find(({ name }) => name === part)!;
  return ok ? undefined : detail;
}

async function rowsIn(directory: string): Promise<Set<string>> {
  return new Set((await readEvidence(directory)).found.map(({ hitId }) => hitId));
}
const isRow = (product: Product, count: number) => async () => {
  const { rows } = await product
    .admin<{ rows: unknown[][] }>("POST", "/v1/query", {
      sql: "select count(distinct hit_id) from example.orders",
    })
    .catch(() => ({ rows: [[0]] }));
  return Number(rows[0]![0]) >= count;
};

test("the queue's file is moved away: hits and health are 503 with a line in the log, and after it is put back nothing is missing", () =>
  inFolder(async (directory) => {
    const { product, stored, send, health } = await begin(directory);
    expect(await send("a=1")).toBe(200);
    const file = join(directory, "queue.sqlite");
    await rename(file, `${file}.away`);
    expect(await send("a=2")).toBe(503);
    await until("health says so", async () => (await health()) === 503);
    expect(await amiss(product, "queue")).toMatch(/queue\.sqlite was removed or replaced/);
    await until("the log says so", () =>
      /ERROR queue\.sqlite was removed or replaced/.test(product.output()),
    );
    await rename(`${file}.away`, file);
    await until("health is well again", async () => (await health()) === 200);
    expect(await send("a=3")).toBe(200);
    await until("the log says so", () => /INFO queue\.sqlite is back/.test(product.output()));
    await until("all are rows", isRow(product, 2));
    expect(await product.end("SIGTERM")).toBe(0);
    const rows = await rowsIn(directory);
    for (const id of stored) expect(rows).toContain(id);
  }));

test.each(["a copy of it", "nothing"])(
  "the queue's file is replaced by %s: nothing is acknowledged into the removed one, and the next start tells",
  (by) =>
    inFolder(async (directory) => {
      const { product, stored, send } = await begin(directory);
      expect(await send("a=1")).toBe(200);
      await until("it is a row", isRow(product, 1));
      const file = join(directory, "queue.sqlite");
      await rename(file, `${file}.away`);
      if (by !== "nothing") await copyFile(`${file}.away`, file);
      for (let n = 0; n < 20; n++) expect(await send(`b=${n}`)).toBe(503);
      await product.end("SIGKILL");
      if (by === "nothing") {
        await expect(startProduct(directory)).rejects.toThrow(/queue\.sqlite is missing, with every hit/);
        await rename(`${file}.away`, file);
      }
      await deliverAll(directory);
      const rows = await rowsIn(directory);
      for (const id of stored) expect(rows).toContain(id);
    }),
);

test("the warehouse's file is moved away: hits are taken and wait, and all are rows once it is put back", () =>
  inFolder(async (directory) => {
    const { product, stored, send, health } = await begin(directory);
    expect(await send("a=0")).toBe(200);
    await until("it is a row", isRow(product, 1));
    const file = join(directory, "warehouse.duckdb");
    await rename(file, `${file}.away`);
    for (let n = 1; n < 20; n++) expect(await send(`a=${n}`)).toBe(200);
    expect(await health()).toBe(200);
    expect(await amiss(product, "warehouse")).toMatch(/^warehouse\.duckdb was removed or replaced/);
    await until("the log says so", () =>
      /ERROR warehouse\.duckdb was removed or replaced/.test(product.output()),
    );
    await until("they are tried", () => /could not be delivered/.test(product.output()));
    await rename(`${file}.away`, file);
    await until("all are rows", isRow(product, 20));
    expect(await amiss(product, "warehouse")).toBeUndefined();
    expect(await product.end("SIGTERM")).toBe(0);
    expect(await rowsIn(directory)).toEqual(stored);
  }));

test("the warehouse's file is gone for good: what was not in it waits in the queue, over a restart that is told to accept the loss", () =>
  inFolder(async (directory) => {
    const first = await begin(directory);
    expect(await first.send("a=0")).toBe(200);
    await until("it is a row", isRow(first.product, 1));
    const [inTheFile] = first.stored;
    await rm(join(directory, "warehouse.duckdb"));
    for (let n = 1; n < 20; n++) expect(await first.send(`a=${n}`)).toBe(200);
    await until("they are tried", () => /could not be delivered/.test(first.product.output()));
    // Not even a warehouse's process that is begun anew begins a new file.
    await first.product.end("SIGTERM");
    expect(await readdir(directory)).not.toContain("warehouse.duckdb");
    await expect(startProduct(directory)).rejects.toThrow(/warehouse\.duckdb is missing, with all rows/);
    const { product } = await begin(directory, ["--accept-loss"]);
    await until("the others are rows", isRow(product, 19));
    expect(await product.end("SIGTERM")).toBe(0);
    const rows = await rowsIn(directory);
    for (const id of first.stored) if (id !== inTheFile) expect(rows).toContain(id);
  }));

test.each(["queue.sqlite-wal", "warehouse.duckdb.wal"])(
  "%s is removed while it is in use: what was in it is folded into the file, and a kill afterwards loses nothing",
  (log) =>
    inFolder(async (directory) => {
      const { product, stored, send } = await begin(directory);
      for (let n = 0; n < 5; n++) await send(`a=${n}`);
      await until("they are rows", isRow(product, 5));
      await rm(join(directory, log));
      await until("hits are taken", async () => (await send("b=1")) === 200);
      // A row shows before what was in the log is folded; it is waited for until afterwards.
      await untilDelivered(product);
      await product.end("SIGKILL");
      await deliverAll(directory);
      const rows = await rowsIn(directory);
      for (const id of stored) expect(rows).toContain(id);
    }),
);

test("the registry's file is moved away: known streams go on, a change is refused, and taken once it is put back", () =>
  inFolder(async (directory) => {
    const { product, send, health } = await begin(directory);
    expect(await send("a=1")).toBe(200);
    const file = join(directory, "registry.sqlite");
    await rename(file, `${file}.away`);
    const stream = { table: "crm.calls", offset: "UTC" };
    // What is about to change is told to the audit first, which lies in the same file.
    await expect(product.admin("POST", "/v1/streams", stream)).rejects.toThrow(/503.*documents_down/);
    expect(await send("a=2")).toBe(200);
    expect(await health()).toBe(200);
    expect(await amiss(product, "registry")).toMatch(/^registry\.sqlite was removed or replaced/);
    await until("the log says so", () =>
      /ERROR registry\.sqlite was removed or replaced/.test(product.output()),
    );
    await rename(`${file}.away`, file);
    await product.admin("POST", "/v1/streams", stream);
    expect(await amiss(product, "registry")).toBeUndefined();
  }));
