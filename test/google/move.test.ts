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
import { endAll, exampleStream, startProduct } from "../support/product.ts";
import { until } from "../support/until.ts";

/** One machine is outgrown: its streams and rows go to the cloud, by the commands of docs/embedded.md. */

const run = promisify(execFile);
afterEach(endAll);

const form = { "content-type": "application/x-www-form-urlencoded" };
const json = { "content-type": "application/json" };

const refunded = "orderId=N1&status=refunded&at=2026-11-22";

/** What the senders of the orders send, from the first to the last. */
const sent: readonly { body: string | Buffer; headers?: Record<string, string>; query?: string }[] = [
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
        const add = (fields: object) =>
          machine.admin<{ id: string }>("POST", "/v1/streams", { offset: "UTC", ...fields });
        const orders = await add({
          name: "Orders",
          table: "conversions.orders",
          key: "orderId",
          updated: "at",
        });
        const leads = await add({
          name: "Leads",
          table: "leads",
          key: "id",
          items: "list",
          offset: "Europe/Kyiv",
        });
        const gone = await add({ name: "Gone", table: "conversions.orders", key: "orderId", updated: "at" });
        const send = (url: string, id: string, { body, headers = {}, query }: (typeof sent)[number]) =>
          fetch(`${url}/ds/${id}${query === undefined ? "" : `?${query}`}`, {
            method: "POST",
            body,
            headers,
          });
        for (const hit of sent) expect((await send(machine.collectUrl, orders.id, hit)).status).toBe(200);
        await send(machine.collectUrl, leads.id, { body: '{"list":[{"id":1},{"id":2}]}', headers: json });
        await send(machine.collectUrl, gone.id, { body: "orderId=N3&status=new", headers: form });
        await send(machine.collectUrl, exampleStream, { body: "orderId=N9", headers: form });
        await machine.admin("DELETE", `/v1/streams/${gone.id}`);
        await machine.admin("PATCH", `/v1/streams/${leads.id}`, { state: "paused" });
        const rowsOf = (url: string, table: string) => readRows(url, table, 100);
        await until(
          "all are rows",
          async () => (await rowsOf(machine.adminUrl, "example.orders")).length === 1,
        );
        await until(
          "all are rows",
          async () => (await rowsOf(machine.adminUrl, "conversions.orders")).length === 11,
        );

        // As docs/embedded.md says.
        const moved = join(folder, "moved");
        const move = await afterclick(["move", moved], { url: machine.adminUrl });
        expect(move).toMatchObject({ code: 0, err: expect.stringContaining("3 streams") });
        expect(move.out).toMatch(/^conversions\.orders \| +11 \|/m);
        for (const name of await readdir(moved))
          expect((await stat(join(moved, name))).mode & 0o777).toBe(0o600);
        expect((await readdir(moved)).join()).not.toContain("example");
        const file = join(moved, "streams.json");
        const registered = await afterclick(["streams", "load", file], { url: cloud.adminUrl });
        expect(registered).toMatchObject({ code: 0, err: "" });
        const env = await bqFor(cloud.emulator("bigquery").address, join(folder, "bq"));
        const load = () => run("sh", [join(moved, "load.sh"), "p1"], { env });
        await load();

        const want = await Promise.all(
          ["conversions.orders", "conversions.leads"].map((table) => rowsOf(machine.adminUrl, table)),
        );
        const found = () =>
          Promise.all(
            ["conversions.orders", "conversions.leads"].map((table) => rowsOf(cloud.adminUrl, table)),
          );
        expect(await found()).toEqual(want);
        // Once more, as after a break: nothing comes twice.
        await load();
        expect(await found()).toEqual(want);
        const again = await afterclick(["streams", "load", file], { url: cloud.adminUrl });
        expect(again.out.match(/is there already/g)).toHaveLength(3);

        // The senders go on at their addresses, and the views show both halves.
        const statuses = await Promise.all(
          [orders, leads, gone].map(
            async ({ id }) =>
              (
                await send(cloud.collectUrl, id, {
                  body: refunded,
                  headers: form,
                })
              ).status,
          ),
        );
        expect(statuses).toEqual([200, 503, 410]);
        // The emulator tells no columns of a view: a statement asks for them.
        const current = async (url: string): Promise<string[]> => {
          const body = JSON.stringify({ sql: "SELECT payload FROM conversions.orders_current" });
          const answer = await fetch(`${url}/v1/query`, { method: "POST", body, headers: json });
          if (!answer.ok) return [];
          return ((await answer.json()) as { rows: [string][] }).rows.map(([payload]) => payload).toSorted();
        };
        const latest = (await current(machine.adminUrl)).map((payload) =>
          payload.replace("delivered&at=2026-11-21T10:00:00Z", "refunded&at=2026-11-22"),
        );
        expect(latest).toContain(refunded);
        await until("the view shows the latest of both", async () =>
          (await current(cloud.adminUrl)).includes(refunded),
        );
        expect(await current(cloud.adminUrl)).toEqual(latest.toSorted());
        expect(JSON.parse(await readFile(file, "utf8"))).not.toHaveProperty(exampleStream);
      }));
  }),
);

/** The rows of a table by hit, JSON as what it means: each warehouse writes it in its own way. */
async function readRows(url: string, table: string, limit: number): Promise<Record<string, unknown>[]> {
  const answer = await fetch(`${url}/v1/tables/${table}/rows?limit=${limit}&order=oldest`);
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
