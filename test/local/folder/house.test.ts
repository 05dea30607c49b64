import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { DuckDBInstance } from "@duckdb/node-api";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readdir, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { enterHouse } from "../../../infra/local/folder/house.ts";
import { dataFiles, storeNames, type StoreName } from "../../../infra/local/folder/page.ts";
import { restore } from "../../../infra/local/folder/restore.ts";
import { inFolder } from "../../support/folder.ts";
import { endAll, exampleStream, launchProduct, startProduct } from "../../support/product.ts";
import { until } from "../../support/until.ts";

const log = () => undefined;
const program = [process.execPath, "infra/local/main.mjs"] as const;
const rowsOf = async (adminUrl: string): Promise<number> => {
  const reply = await fetch(`${adminUrl}/v1/query`, {
    method: "POST",
    body: JSON.stringify({ sql: "select count(distinct hit_id) from example.orders" }),
    headers: { "content-type": "application/json" },
  });
  return reply.ok ? Number(((await reply.json()) as { rows: unknown[][] }).rows[0]![0]) : 0;
};

/** A folder that was in use and killed: what happened last lies in the logs alone.
 *  `older` is of an earlier day. */
let folders: string;
let killed: string;
let older: string;
let foreign: string;

async function use(directory: string, hits: number, signal: NodeJS.Signals): Promise<void> {
  const product = await startProduct(directory);
  const before = await rowsOf(product.adminUrl);
  for (let n = 0; n < hits; n++)
    await fetch(`${product.collectUrl}/ds/${exampleStream}`, { method: "POST", body: `n=${n}` });
  await until("they are rows", async () => (await rowsOf(product.adminUrl)) === before + hits);
  await product.end(signal);
}

beforeAll(async () => {
  folders = await mkdtemp(join(tmpdir(), "afterclick-house-"));
  [killed, older, foreign] = [join(folders, "killed"), join(folders, "older"), join(folders, "foreign")];
  await use(killed, 5, "SIGTERM");
  await cp(killed, older, { recursive: true });
  await use(killed, 5, "SIGKILL");
  await use(foreign, 1, "SIGTERM");
}, 600_000);
afterAll(() => rm(folders, { recursive: true, force: true }));
afterEach(endAll);

function onCopy(work: (directory: string) => Promise<void>): Promise<void> {
  return inFolder(async (directory) => {
    await cp(killed, directory, { recursive: true });
    await work(directory);
  });
}

const logs = {
  queue: "queue.sqlite-wal",
  registry: "registry.sqlite-wal",
  warehouse: "warehouse.duckdb.wal",
};
const harms: [string, (directory: string, name: StoreName) => Promise<unknown>, RegExp][] = [
  ["is missing", (directory, name) => rm(join(directory, dataFiles[name])), /is missing, with/],
  ["is empty", (directory, name) => truncate(join(directory, dataFiles[name])), /is empty, with/],
  ["lacks its log", (directory, name) => rm(join(directory, logs[name])), /older|no id/],
  ["has an empty log", (directory, name) => truncate(join(directory, logs[name])), /older|no id/],
  [
    "is of another folder",
    async (directory, name) => {
      await rm(join(directory, logs[name]));
      await cp(join(foreign, dataFiles[name]), join(directory, dataFiles[name]));
    },
    /is of another data folder/,
  ],
  [
    "is an older copy",
    async (directory, name) => {
      await rm(join(directory, logs[name]));
      await cp(join(older, dataFiles[name]), join(directory, dataFiles[name]));
    },
    /is older than the others saw it/,
  ],
];

describe.each(storeNames)("the %s", (name) => {
  test.each(harms)("that %s is never started over as new", (_, harm, says) =>
    onCopy(async (directory) => {
      await harm(directory, name);
      const before = await readdir(directory);
      const refused = await enterHouse(directory, { acceptLoss: false, log }).catch((error: Error) => error);
      expect(refused).toMatchObject({ code: "folder_not_whole" });
      const { message } = refused as Error;
      expect(message).toContain(dataFiles[name]);
      expect(message).toMatch(says);
      expect(message).toContain("--accept-loss");
      expect(message).not.toContain("\n");
      const others = storeNames.filter((other) => other !== name).map((other) => dataFiles[other]);
      for (const other of others) expect(message).not.toContain(`${other} is`);
      // Apart from what SQLite folds by itself, nothing has changed.
      const after = await readdir(directory);
      expect(after.filter((file) => !before.includes(file))).toEqual([]);
      expect(after).toEqual(expect.arrayContaining(before.filter((file) => !/sqlite-(wal|shm)$/.test(file))));
    }),
  );
});

test("all data files at once are missed as well, logs and all: what lies beside them tells that the folder is not new", () =>
  onCopy(async (directory) => {
    for (const name of await readdir(directory))
      if (storeNames.some((store) => name.startsWith(dataFiles[store]))) await rm(join(directory, name));
    const before = (await readdir(directory)).filter((name) => !name.startsWith("lock."));
    await expect(startProduct(directory)).rejects.toThrow(
      /exit code 1\):\nafterclick: [^\n]*queue\.sqlite is missing[^\n]*warehouse\.duckdb is missing[^\n]*registry\.sqlite is missing[^\n]*; reserve, io, tmp[^;]* are of a server that was here[^\n]*--accept-loss[^\n]*\n$/,
    );
    const after = (await readdir(directory)).filter((name) => !name.startsWith("lock."));
    expect(after).toEqual(before);
    const product = await launchProduct(directory, {}, [...program, "--accept-loss"]).ready;
    expect(product.output()).toMatch(/WARNING The server goes on without what is lost.*all rows/);
    await product.end("SIGKILL");
    expect(await enterHouse(directory, { acceptLoss: false, log })).toMatchObject({ isPending: false });
  }));

test.each(["lock.sqlite", "house.pending", "reserve", "io", "warehouse.duckdb", "queue.sqlite"])(
  "a first start that is killed when it has made %s leaves a folder that is new still: the next one begins it",
  (made) =>
    inFolder(async (directory) => {
      const launch = launchProduct(directory);
      launch.ready.catch(() => undefined); // it may be faster than the kill
      await until(`there is ${made}`, () => existsSync(join(directory, made)));
      await launch.end("SIGKILL");
      const product = await startProduct(directory);
      expect(product.output()).not.toContain("loss");
      await product.end("SIGKILL");
      expect(await enterHouse(directory, { acceptLoss: false, log })).toMatchObject({ isPending: false });
    }),
);

test("a folder that was killed, and a copy of all of it, is whole", () =>
  onCopy(async (directory) => {
    const { isPending, states } = await enterHouse(directory, { acceptLoss: false, log });
    expect(isPending).toBe(false);
    for (const name of storeNames) expect(states[name]).toBeGreaterThan(0);
  }));

test("npm start refuses in one line; with --accept-loss it goes on, says what is lost, and the folder is whole again", () =>
  onCopy(async (directory) => {
    await rm(join(directory, "warehouse.duckdb"));
    await expect(startProduct(directory)).rejects.toThrow(
      /exit code 1\):\nafterclick: [^\n]*warehouse\.duckdb is missing[^\n]*\n$/,
    );
    const product = await launchProduct(directory, {}, [...program, "--accept-loss"]).ready;
    expect(product.output()).toMatch(
      /WARNING The server goes on without what is lost.*all rows and dead letters/,
    );
    // Its log belonged to it, and would have been read into the new one.
    expect((await readdir(directory)).some((file) => file.startsWith("warehouse.duckdb.wal.without"))).toBe(
      true,
    );
    const reply = await fetch(`${product.collectUrl}/ds/${exampleStream}`, { method: "POST", body: "a=1" });
    expect(reply.status).toBe(200);
    await until("it is a row", async () => (await rowsOf(product.adminUrl)) > 0);
    await product.end("SIGKILL");
    expect(await enterHouse(directory, { acceptLoss: false, log })).toMatchObject({ isPending: false });
  }));

test("npm start names an argument that it does not know", () =>
  inFolder(async (directory) => {
    await expect(launchProduct(directory, {}, [...program, "--acceptloss"]).ready).rejects.toThrow(
      /afterclick: npm start was given "--acceptloss"; it takes --accept-loss alone/,
    );
    expect(await readdir(directory)).toEqual([]);
  }));

test("a whole folder of 0.1.0, without ids, is adopted; one that lacks a file is refused", () =>
  inFolder(async (directory) => {
    await cp(older, directory, { recursive: true });
    for (const name of ["queue", "registry"] as const) {
      const db = new DatabaseSync(join(directory, dataFiles[name]));
      db.exec("DROP TABLE house");
      db.close();
    }
    const instance = await DuckDBInstance.create(join(directory, dataFiles.warehouse));
    const connection = await instance.connect();
    await connection.run("drop table main.house");
    connection.closeSync();
    instance.closeSync();
    await inFolder(async (copy) => {
      await cp(directory, copy, { recursive: true });
      await rm(join(copy, dataFiles.registry));
      await expect(enterHouse(copy, { acceptLoss: false, log })).rejects.toMatchObject({
        code: "folder_not_whole",
      });
    });
    await use(directory, 1, "SIGKILL");
    const { isPending } = await enterHouse(directory, { acceptLoss: false, log });
    expect(isPending).toBe(false);
    await rm(join(directory, "queue.sqlite"));
    await expect(enterHouse(directory, { acceptLoss: false, log })).rejects.toMatchObject({
      code: "folder_not_whole",
    });
  }));

test("a restored backup is a set of its own: its files do not pass for those of the folder it was made of", () =>
  inFolder(async (directory) => {
    const source = join(directory, "source");
    await cp(killed, source, { recursive: true });
    const product = await startProduct(source);
    const to = join(directory, "backup");
    await product.admin("POST", "/v1/backup", { directory: to });
    await product.end("SIGTERM");
    const data = join(directory, "data");
    await restore(to, data);
    await use(data, 1, "SIGTERM");
    expect(await enterHouse(data, { acceptLoss: false, log })).toMatchObject({ isPending: false });
    expect(await readdir(data)).not.toContain("house.pending");
    await cp(join(source, "queue.sqlite"), join(data, "queue.sqlite"));
    await expect(enterHouse(data, { acceptLoss: false, log })).rejects.toThrow(
      /queue\.sqlite is of another data folder/,
    );
  }));
