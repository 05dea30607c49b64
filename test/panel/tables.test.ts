import { expect, test } from "@jest/globals";
import type { Hit } from "../../functions/hit.ts";
import { makeRow, rowColumns, rowSpec } from "../../functions/hits/row.ts";
import { queryRefused, statementTooDear } from "../../functions/problems.ts";
import { thisMachine } from "../../functions/people/who.ts";
import { host, openPanel } from "./setup.ts";

const table = { dataset: "shop", table: "orders" };
const hostile = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>\u202e\u0007`;

async function open(changed: Parameters<typeof openPanel>[0] = {}) {
  const panel = await openPanel(changed);
  const { warehouse } = panel;
  await warehouse.createDataset(table);
  await warehouse.createTable(table, rowSpec);
  for (let n = 1; n <= 120; n++) {
    const hit: Hit = {
      hit_id: `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, "0")}`,
      stream_id: "11111111-1111-4111-8111-111111111111",
      received_at: panel.ports.now() - 1_000_000 + n,
      body: Buffer.from(n === 120 ? hostile : `n=${n}`),
    };
    await warehouse.append(table, rowColumns, [await makeRow(hit, "2026-11-27")], { deadlineMs: 1000 });
  }
  return panel;
}

const payloads = (body: unknown) => [...String(body).matchAll(/>n=(\d+)</g)].map(([, n]) => Number(n));
const linkTo = (body: unknown, text: string) =>
  new RegExp(`href="([^"]+)">${text}<`).exec(String(body))?.[1]?.replaceAll("&amp;", "&");

test("the newest 50 rows of the last 7 days come first, and the pages behind them stay as they were", async () => {
  const { get, warehouse, ports } = await open();
  const asked: unknown[] = [];
  const some = warehouse.selectSome.bind(warehouse);
  warehouse.selectSome = (selection) => {
    asked.push(selection.where);
    return some(selection);
  };
  const first = await get("/tables/shop.orders");
  expect(first.status).toBe(200);
  expect(payloads(first.body)).toEqual(Array.from({ length: 49 }, (_, index) => 119 - index));
  expect(asked[0]).toEqual([{ column: "date", is: ">=", value: "2026-11-21" }]);
  expect(linkTo(first.body, "Newer")).toBeUndefined();
  const late: Hit = {
    hit_id: "bbbbbbbb-0000-4000-8000-000000000000",
    stream_id: "11111111-1111-4111-8111-111111111111",
    received_at: ports.now() + 1,
    body: Buffer.from("late"),
  };
  await warehouse.append(table, rowColumns, [await makeRow(late, "2026-11-27")], { deadlineMs: 1000 });
  const second = await get(linkTo(first.body, "Older")!);
  expect(payloads(second.body)).toEqual(Array.from({ length: 50 }, (_, index) => 70 - index));
  const third = await get(linkTo(second.body, "Older")!);
  expect(payloads(third.body)).toEqual(Array.from({ length: 20 }, (_, index) => 20 - index));
  expect(linkTo(third.body, "Older")).toBeUndefined();
  expect(linkTo(third.body, "Newer")).toContain("offset=50");
});

test("days are bounds that reach the warehouse; what is no day is the usual ones", async () => {
  const { get } = await open();
  expect((await get("/tables/shop.orders?since=2026-11-28")).body).toContain("No row of these days");
  expect(payloads((await get("/tables/shop.orders?until=2026-11-26")).body)).toEqual([]);
  expect(payloads((await get("/tables/shop.orders?since=2026-02-31&until=x")).body)).toHaveLength(49);
});

test("whatever stands in a payload shows as text, and no character of it acts", async () => {
  const { get } = await open();
  const html = String((await get("/tables/shop.orders?all=1")).body);
  expect(html).not.toMatch(/<script>alert|<img/);
  expect(html).toContain("&lt;script>alert(1)&lt;/script>");
  for (const acting of ["\u202e", "\u0007"]) expect(html).not.toContain(acting);
});

test("a view that looks at all days is read when somebody asks for it", async () => {
  const { get, warehouse } = await open();
  const view = { ...table, table: "orders_current" };
  await warehouse.putView(view, { kind: "current", of: table, key: "n" });
  const some = warehouse.selectSome.bind(warehouse);
  let reads = 0;
  warehouse.selectSome = (selection) => {
    reads += 1;
    return some(selection);
  };
  expect((await get("/tables/shop.orders_current")).body).toContain("Read it");
  expect(reads).toBe(0);
  const read = await get("/tables/shop.orders_current?whole=1");
  expect([read.status, reads]).toEqual([200, 1]);
});

test("a table that is not there, or costs too much, is told as the API tells it", async () => {
  const { get, warehouse } = await open();
  const missing = await get("/tables/shop.nothing");
  expect([missing.status, String(missing.body).includes("table_missing")]).toEqual([404, true]);
  expect((await get("/tables/a b")).status).toBe(400);
  warehouse.selectSome = () =>
    Promise.reject(statementTooDear({ bytes: 2e12, bytesMax: 1e11, dollars: 12 } as never));
  const dear = await get("/tables/shop.orders");
  expect(String(dear.body)).toContain("statement_too_dear");
});

const form = {
  origin: `http://${host}`,
  "content-type": "application/x-www-form-urlencoded",
};

test("an address fills in a statement and runs none; a form does", async () => {
  const { get, ask, warehouse } = await open();
  const asked: string[] = [];
  warehouse.query = async (sql) => {
    asked.push(sql);
    return { columns: [{ name: "<b>", type: "STRING" }], rows: [[hostile]], truncated: true };
  };
  const filled = await get("/query?sql=SELECT+1+%3C%2Ftextarea%3E");
  expect(filled.body).toContain("SELECT 1 &lt;/textarea>");
  expect(asked).toEqual([]);
  const { status, body } = await ask({
    method: "POST",
    path: "/query",
    headers: form,
    body: "sql=SELECT+2",
  });
  expect([status, asked]).toEqual([200, ["SELECT 2"]]);
  expect(body).toContain("Only the first 1 row is shown");
  expect(String(body)).not.toMatch(/<script>alert|<img|<b>/);
});

test("a statement that is refused stays in its field, with what to do", async () => {
  const refuse = () => Promise.reject(queryRefused({ why: "The statement is no SELECT." }));
  const { ask, warehouse } = await open({ snapshots: { export: refuse } });
  warehouse.query = refuse;
  for (const path of ["/query", "/query/download"]) {
    const { status, body } = await ask({ method: "POST", path, headers: form, body: "sql=DROP+TABLE+x" });
    expect(status).toBe(422);
    expect(body).toContain("DROP TABLE x</textarea>");
    expect(body).toContain('role="alert"');
  }
});

test("a download is bounded by its days, sent as a file, and stands in the audit before a byte is out", async () => {
  const asked: [string, string][] = [];
  const panel = await open({
    snapshots: {
      async export(sql, format) {
        asked.push([sql, format]);
        return (async function* () {
          yield Buffer.from("a,b\n");
        })();
      },
    },
  });
  const { status, headers } = await panel.ask({
    method: "POST",
    path: "/tables/shop.orders/download",
    headers: form,
    body: "since=2026-11-01&until=2026-11-02&format=parquet",
  });
  expect(status).toBe(200);
  expect(headers!["content-disposition"]).toBe('attachment; filename="shop.orders.parquet"');
  expect(asked).toEqual([
    [
      `SELECT * FROM "shop"."orders" WHERE date >= DATE '2026-11-01' AND date <= DATE '2026-11-02'`,
      "parquet",
    ],
  ]);
  const [entry] = await panel.ports.documents.list("audit", { limit: 10 });
  expect(entry!.document).toMatchObject({ what: "exported", about: "shop.orders" });
  const wrong = await panel.ask({
    method: "POST",
    path: "/tables/shop.orders/download",
    headers: form,
    body: "since=2026-11-01'%20OR%20true--&format=csv",
  });
  expect([wrong.status, asked.length]).toEqual([400, 1]);
});

test.each([
  ["GET", "/tables/shop.orders"],
  ["GET", "/query"],
  ["POST", "/query"],
  ["POST", "/query/download"],
  ["POST", "/tables/shop.orders/download"],
])("%s %s is for those who may see payloads, whatever their role", async (method, path) => {
  for (const role of ["viewer", "admin"] as const) {
    const who = { ...thisMachine, name: "maria", role, seesPayloads: false, how: "session" as const };
    const panel = await open({ personOf: () => who });
    const { status, body } = await panel.ask({ method, path, headers: form, body: "sql=SELECT+1" });
    expect(status).toBe(403);
    expect(body).toContain("payloads_hidden");
  }
});

test("those who see no payloads see which tables there are, and no way into them", async () => {
  const who = { ...thisMachine, seesPayloads: false, how: "session" as const };
  const { get, registry } = await open({ personOf: () => who });
  registry.put("11111111-1111-4111-8111-111111111111", { table: "shop.orders", offset: "UTC" });
  const { status, body } = await get("/tables");
  expect(status).toBe(200);
  expect(body).toContain("shop.orders");
  expect(body).not.toMatch(/href="\/(tables\/|query)/);
});
