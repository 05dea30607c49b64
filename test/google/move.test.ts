import { execFile } from "node:child_process";
import { readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { start, type Emulated } from "../../infra/emulated/start.ts";
import { bqFor, missingBq } from "../support/google/bq.ts";
import { build, type Built } from "../support/google/built.ts";
import { afterclick } from "../support/cli.ts";
import { withEmulators } from "../support/google/emulators.ts";
import { inFolder } from "../support/folder.ts";
import { needing } from "../support/needs.ts";
import { endAll, exampleStream, settled, startProduct, type Product } from "../support/product.ts";
import { until } from "../support/until.ts";

/** One machine is outgrown: its streams and rows go to the cloud, by the commands of docs/embedded.md. */

const run = promisify(execFile);
afterEach(endAll);

const form = { "content-type": "application/x-www-form-urlencoded" };
const json = { "content-type": "application/json" };

const refunded = "orderId=N1&status=refunded&at=2026-11-22";

interface Sent {
  readonly body: string | Buffer;
  readonly headers?: Record<string, string>;
  readonly query?: string;
}

/** What the senders of the orders send, from the first to the last. */
const sent: readonly Sent[] = [
  { body: "orderId=N1&status=new&at=2026-11-20T10:00:00Z", headers: form },
  { body: "orderId=N1&status=delivered&at=2026-11-21T10:00:00Z", headers: form },
  {
    body: "orderId=N1&status=paid&at=2026-11-20T12:00:00Z",
    headers: { ...form, "x-shop-topic": "orders/paid" },
  },
  {
    body: '{"orderId":12345678901234567890,"total":1e20,"small":0.1,"far":[1,{"deep":null}]}',
    headers: json,
  },
  { body: Buffer.from([0, 255, 254, 13, 10, 128]), headers: { "content-type": "application/octet-stream" } },
  {
    body: Buffer.from("\ufeff\"quoted\", 'quoted' \\ `ticks` $HOME"),
    headers: { "content-type": "text/plain" },
  },
  {
    body: Buffer.from([0xc7, 0xe0, 0xea, 0xe0, 0xe7]),
    headers: { "content-type": "text/plain; charset=windows-1251" },
  },
  { body: "", query: "orderId=N2&status=new" },
  { body: "x".repeat(300_000), query: "from=crm" },
  { body: "orderId=T1", headers: { ...form, "afterclick-test": "true" } },
];

needing(missingBq(), () =>
  withEmulators(["pubsub", "firestore", "bigquery"], () => {
    let built: Built;
    let cloud: Emulated;
    beforeAll(async () => {
      built = build();
      cloud = await start({ zipFile: built.zipFile, env: process.env });
    });
    afterAll(async () => {
      await cloud.stop();
      await built.remove();
    });

    test("streams and tables go from one machine to the cloud: every row, every address, and no row twice", () =>
      inFolder(async (folder) => {
        const machine = await startProduct(join(folder, "data"));
        const streams = await fill(machine);

        // As docs/embedded.md says.
        const moved = join(folder, "moved");
        await moveOut(machine.adminUrl, moved);
        const file = join(moved, "streams.json");
        const registered = await afterclick(["streams", "load", file], { url: cloud.adminUrl });
        expect(registered).toMatchObject({ code: 0, err: "" });
        const env = await bqFor(cloud.emulator("bigquery").address, join(folder, "bq"));
        const load = () => run("sh", [join(moved, "load.sh"), "p1"], { env });
        const tablesOf = (url: string) =>
          Promise.all(["conversions.orders", "conversions.leads"].map((table) => rowsOf(url, table)));
        await load();
        const want = await tablesOf(machine.adminUrl);
        expect(await tablesOf(cloud.adminUrl)).toEqual(want);
        // Once more, as after a break: nothing comes twice.
        await load();
        expect(await tablesOf(cloud.adminUrl)).toEqual(want);
        const again = await afterclick(["streams", "load", file], { url: cloud.adminUrl });
        expect(again.out.match(/is there already/g)).toHaveLength(3);
        expect(JSON.parse(await readFile(file, "utf8"))).not.toHaveProperty(exampleStream);

        await goOn(machine.adminUrl, cloud, streams);
      }));
  }),
);

interface Streams {
  readonly orders: string;
  readonly leads: string;
  readonly gone: string;
}

/** Three streams on one machine, one of them paused and one removed, and beside them the example;
 *  all their hits are rows. */
async function fill(machine: Product): Promise<Streams> {
  const add = async (fields: object) =>
    (await machine.admin<{ id: string }>("POST", "/v1/streams", { offset: "UTC", ...fields })).id;
  const shop = { table: "conversions.orders", key: "orderId", updated: "at" };
  const orders = await add({ name: "Orders", ...shop });
  const leads = await add({ name: "Leads", table: "leads", key: "id", items: "list", offset: "Europe/Kyiv" });
  const gone = await add({ name: "Gone", ...shop });
  for (const hit of sent) expect((await send(machine.collectUrl, orders, hit)).status).toBe(200);
  await send(machine.collectUrl, leads, { body: '{"list":[{"id":1},{"id":2}]}', headers: json });
  await send(machine.collectUrl, gone, { body: "orderId=N3&status=new", headers: form });
  await send(machine.collectUrl, exampleStream, { body: "orderId=N9", headers: form });
  await machine.admin("DELETE", `/v1/streams/${gone}`);
  await machine.admin("PATCH", `/v1/streams/${leads}`, { state: "paused" });
  await settled(machine);
  const there = await rowsOf(machine.adminUrl, "conversions.orders");
  expect(new Set(there.map((row) => row["hit_id"])).size).toBe(sent.length + 1);
  return { orders, leads, gone };
}

/** `afterclick move` writes all but the example, for nobody else to read. */
async function moveOut(url: string, moved: string): Promise<void> {
  const move = await afterclick(["move", moved], { url });
  expect(move).toMatchObject({ code: 0, err: expect.stringContaining("3 streams") });
  expect(move.out).toMatch(/^conversions\.orders \| +\d+ \|/m);
  const names = await readdir(moved);
  for (const name of names) expect((await stat(join(moved, name))).mode & 0o777).toBe(0o600);
  expect(names.join()).not.toContain("example");
}

/** The senders go on at their addresses, and the views show both halves.
 *  @param before the admin API of the machine */
async function goOn(before: string, cloud: Emulated, { orders, leads, gone }: Streams): Promise<void> {
  const statuses = await Promise.all(
    [orders, leads, gone].map(
      async (id) => (await send(cloud.collectUrl, id, { body: refunded, headers: form })).status,
    ),
  );
  expect(statuses).toEqual([200, 503, 410]);
  const latest = (await currentOf(before)).map((payload) =>
    payload.replace("delivered&at=2026-11-21T10:00:00Z", "refunded&at=2026-11-22"),
  );
  expect(latest).toContain(refunded);
  await until("the view shows the latest of both", async () =>
    (await currentOf(cloud.adminUrl)).includes(refunded),
  );
  expect(await currentOf(cloud.adminUrl)).toEqual(latest.toSorted());
}

function send(url: string, id: string, { body, headers = {}, query }: Sent): Promise<Response> {
  const address = `${url}/ds/${id}${query === undefined ? "" : `?${query}`}`;
  return fetch(address, { method: "POST", body, headers });
}

/** The latest payload of each order. The emulator tells no columns of a view: a statement asks for them. */
async function currentOf(url: string): Promise<string[]> {
  const body = JSON.stringify({ sql: "SELECT payload FROM conversions.orders_current" });
  const answer = await fetch(`${url}/v1/query`, { method: "POST", body, headers: json });
  if (!answer.ok) return [];
  return ((await answer.json()) as { rows: [string][] }).rows.map(([payload]) => payload).toSorted();
}

/** The rows of a table by hit, JSON as what it means: each warehouse writes it in its own way. */
async function rowsOf(url: string, table: string): Promise<Record<string, unknown>[]> {
  const answer = await fetch(`${url}/v1/tables/${table}/rows?limit=100&order=oldest`);
  // Its first hit makes the table.
  if (answer.status === 404) return [];
  if (!answer.ok) throw new Error(await answer.text());
  const { columns, types, rows } = (await answer.json()) as {
    columns: string[];
    types: string[];
    rows: unknown[][];
  };
  return rows
    .map((row) =>
      Object.fromEntries(
        columns.map((name, index) => [
          name,
          types[index] === "JSON" && typeof row[index] === "string" ? JSON.parse(row[index]) : row[index],
        ]),
      ),
    )
    .toSorted((a, b) => (String(a["hit_id"]) < String(b["hit_id"]) ? -1 : 1));
}
