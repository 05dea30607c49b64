import { expect, test } from "@jest/globals";
import { overloaded, schemaDiffers, tableForbidden, warehouseDown } from "../../functions/problems.ts";
import type { Hit } from "../../functions/hit.ts";
import { makeRow, rowColumns, rowSpec } from "../../functions/hits/row.ts";
import type { Snapshots } from "../../functions/snapshots.ts";
import { openAdmin } from "../support/admin.ts";

const table = { dataset: "shop", table: "orders" };

async function open(snapshots?: Snapshots) {
  const admin = await openAdmin(snapshots === undefined ? {} : { snapshots });
  const { warehouse } = admin;
  await warehouse.createDataset(table);
  await warehouse.createTable(table, rowSpec);
  for (let n = 1; n <= 25; n++) {
    const hit: Hit = {
      hit_id: `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, "0")}`,
      stream_id: "11111111-1111-4111-8111-111111111111",
      received_at: n,
      body: Uint8Array.of(n),
    };
    await warehouse.append(table, rowColumns, [await makeRow(hit, "1970-01-01")], { deadlineMs: 1000 });
  }
  return admin;
}

test("the newest 20 rows of a table come first, all columns by name", async () => {
  const { ask } = await open();
  const { json } = await ask("GET", "/v1/tables/shop.orders/rows");
  expect(json.columns).toEqual(rowColumns.map(({ name }) => name));
  const received = (json.rows as unknown[][]).map((row) => row[2]);
  expect(received).toEqual(Array.from({ length: 20 }, (_, index) => 25 - index));
});

test("rows that are too large together come as far as they fit, and it is said", async () => {
  const { ask, warehouse } = await open();
  const rows = (await ask("GET", "/v1/tables/shop.orders/rows?limit=3")).json;
  expect(rows).toMatchObject({ truncated: false });
  const some = warehouse.selectSome.bind(warehouse);
  warehouse.selectSome = async (selection) => ({
    ...(await some({ ...selection, limit: 2 })),
    truncated: true,
  });
  const { json } = await ask("GET", "/v1/tables/shop.orders/rows?limit=3");
  expect(json).toMatchObject({ truncated: true, rows: rows.rows.slice(0, 2) });
});

test("rows come oldest first, and as many as asked for", async () => {
  const { ask } = await open();
  const { json } = await ask("GET", "/v1/tables/shop.orders/rows?limit=3&order=oldest");
  expect((json.rows as unknown[][]).map((row) => row[2])).toEqual([1, 2, 3]);
  expect((await ask("GET", "/v1/tables/shop.orders/rows?limit=1000")).status).toBe(200);
});

test("days bound what is read, and a page further on stays as it was", async () => {
  const { ask } = await open();
  const received = async (query: string) =>
    ((await ask("GET", `/v1/tables/shop.orders/rows?limit=2&${query}`)).json.rows as unknown[][]).map(
      (row) => row[2],
    );
  expect(await received("since=1970-01-01&until=1970-01-01")).toEqual([25, 24]);
  expect(await received("since=1970-01-02")).toEqual([]);
  expect(await received("until=1969-12-31")).toEqual([]);
  expect(await received("offset=2&received_until=20")).toEqual([18, 17]);
});

test.each([
  ["/v1/tables/shop.orders/rows?since=2026-02-31", 400, /since is "2026-02-31"; allowed is a day/],
  ["/v1/tables/shop.orders/rows?until=monday", 400, /a day of the column date/],
  ["/v1/tables/shop.orders/rows?limit=1001", 400, /Limit is 1001; allowed is: how many, 1 to 1000/],
  ["/v1/tables/shop.orders/rows?limit=0", 400, /1 to 1000/],
  ["/v1/tables/shop.orders/rows?limit=ten", 400, /1 to 1000/],
  ["/v1/tables/shop.orders/rows?order=best", 400, /newest or oldest/],
  ["/v1/tables/a%20b/rows", 400, /dataset\.table/],
  ["/v1/tables/shop.none/rows", 404, /The table shop\.none does not exist/],
  ["/v1/tables/none.orders/rows", 409, /The dataset none does not exist/],
])("%s is %i", async (address, status, detail) => {
  const { ask } = await open();
  const seen = await ask("GET", address);
  expect(seen.status).toBe(status);
  expect(seen.json.detail).toMatch(detail);
});

test.each([
  ["GET", "/v1/tables/none.orders/rows", undefined],
  ["GET", "/v1/tables/shop.orders/rows", "schema_differs"],
  ["GET", "/v1/tables/shop.orders/rows", "table_forbidden"],
  ["GET", "/v1/tables/shop.orders/rows", "warehouse_down"],
  ["POST", "/v1/query", "warehouse_down"],
  ["POST", "/v1/query", "request_refused"],
  ["GET", "/v1/tables/shop.orders/rows", "overloaded"],
])("who only reads hears nothing of dead letters and changes: %s %s %s", async (method, address, code) => {
  const { ask, warehouse } = await open();
  const table = "shop.orders";
  const why = "it is so";
  const raised: Record<string, Error> = {
    schema_differs: schemaDiffers({ table, differences: why }),
    table_forbidden: tableForbidden({ table, why }),
    warehouse_down: warehouseDown({ why }),
    overloaded: overloaded(),
  };
  const fail = async () => {
    throw raised[code ?? ""]!;
  };
  if (code !== undefined) Object.assign(warehouse, { selectSome: fail, query: fail });
  const body = code === "request_refused" ? {} : { sql: "SELECT 1" };
  const { json } = await ask(method, address, method === "GET" ? undefined : body);
  expect(json.code).toBe(code ?? "dataset_missing");
  expect(json.detail).not.toMatch(/dead letter|take rows|take the rows|changed|Data Editor|stored/);
});

test("a table of somebody else without received_at is for a query", async () => {
  const { ask, warehouse } = await open();
  warehouse.putForeign({ dataset: "shop", table: "other" }, [
    { name: "id", type: "STRING", required: false },
  ]);
  expect((await ask("GET", "/v1/tables/shop.other/rows")).json.detail).toContain(
    "read it with a SELECT of your own",
  );
});

test("a query gives columns and rows, says when it was cut, and passes its limits on", async () => {
  const { ask, warehouse } = await open();
  const { json } = await ask("POST", "/v1/query", {
    sql: "SELECT * FROM shop.orders",
    rows_max: 2,
  });
  expect(json).toMatchObject({
    truncated: true,
    columns: expect.arrayContaining([{ name: "hit_id", type: "STRING" }]),
  });
  expect(json.rows).toHaveLength(2);
  const asked: object[] = [];
  const signal = expect.any(AbortSignal);
  warehouse.query = async (_, options) => {
    asked.push(options);
    return { columns: [], rows: [], truncated: false };
  };
  await ask("POST", "/v1/query", { sql: "SELECT 1" });
  await ask("POST", "/v1/query", {
    sql: "SELECT 1",
    rows_max: 100_000,
    deadline_seconds: 300,
  });
  expect(asked).toEqual([
    { rowsMax: 1000, deadlineMs: 30_000, signal },
    { rowsMax: 100_000, deadlineMs: 300_000, signal },
  ]);
});

test("a query and an export learn that whoever asked has gone", async () => {
  const gone = new AbortController();
  const seen: (boolean | undefined)[] = [];
  const leave = (signal: AbortSignal | undefined) => {
    gone.abort();
    seen.push(signal?.aborted);
  };
  const { send, warehouse } = await open({
    async export(_sql, _format, options) {
      leave(options?.signal);
      return (async function* () {})();
    },
    backup: () => Promise.reject(new Error("nobody asked for it")),
    check: () => Promise.reject(new Error("nobody asked for it")),
  });
  warehouse.query = async (_sql, { signal }) => {
    leave(signal);
    return { columns: [], rows: [], truncated: false };
  };
  const more = { gone: gone.signal };
  await send("POST", "/v1/query", { sql: "SELECT 1" }, more);
  await send("POST", "/v1/export", { table: "a.b", format: "csv" }, more);
  expect(seen).toEqual([true, true]);
});

test.each([
  [{ sql: "DROP TABLE a" }, /Send one SELECT statement/],
  [{}, /sql is missing/],
  [
    { sql: "SELECT 1", rows_max: 100_001 },
    /Rows_max is 100001; allowed is: how many rows at most, 1 to 100000/,
  ],
  [{ sql: "SELECT 1", deadline_seconds: 301 }, /1 to 300 s/],
  [{ sql: "SELECT 1", rows_max: "5" }, /Rows_max is "5"/],
])("a query that cannot run is refused: %j", async (body, detail) => {
  const { ask } = await open();
  const { status, json } = await ask("POST", "/v1/query", body);
  expect(status).toBe(400);
  expect(json.detail).toMatch(detail);
});

test("a body past 1 MiB is refused", async () => {
  const { ask } = await open();
  expect((await ask("POST", "/v1/query", new Uint8Array(1024 * 1024 + 1))).json.code).toBe("too_large");
  expect((await ask("POST", "/v1/query", new Uint8Array(1024 * 1024))).json.code).toBe("request_refused");
});

test("where the ground offers files, a table or a query becomes one, and a backup names what it wrote", async () => {
  const asked: unknown[] = [];
  const { ask } = await open({
    async export(...args) {
      asked.push(args);
      return (async function* () {
        yield Buffer.from("a,b\n");
      })();
    },
    check: async () => ["queue.sqlite: it is damaged"],
    async backup(directory) {
      asked.push([directory]);
      return { files: [{ name: "queue.sqlite", bytes: 4096 }] };
    },
  });
  const file = await ask("POST", "/v1/export", {
    table: "orders",
    format: "csv",
  });
  expect(file.headers["content-type"]).toBe("text/csv; charset=utf-8");
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.body as AsyncIterable<Uint8Array>) chunks.push(chunk);
  expect(Buffer.concat(chunks).toString()).toBe("a,b\n");
  const parquet = await ask("POST", "/v1/export", {
    sql: "SELECT 1",
    format: "parquet",
  });
  expect(parquet.headers["content-type"]).toBe("application/vnd.apache.parquet");
  expect((await ask("POST", "/v1/backup", { directory: "/backups/today" })).json).toEqual({
    directory: "/backups/today",
    files: [{ name: "queue.sqlite", bytes: 4096 }],
  });
  expect(asked).toEqual([
    ['SELECT * FROM "afterclick_data"."orders"', "csv", { signal: expect.any(AbortSignal) }],
    ["SELECT 1", "parquet", { signal: expect.any(AbortSignal) }],
    ["/backups/today"],
  ]);
  expect((await ask("GET", "/v1/check")).json).toEqual({ findings: ["queue.sqlite: it is damaged"] });
  expect((await ask("POST", "/v1/backup", { directory: "here" })).json.detail).toContain(
    "the absolute path of a directory",
  );
  for (const body of [{ format: "csv" }, { format: "csv", table: "a.b", sql: "SELECT 1" }]) {
    expect((await ask("POST", "/v1/export", body)).json.detail).toContain("Name either a table or sql");
  }
  expect((await ask("POST", "/v1/export", { table: "a.b", format: "xlsx" })).json.detail).toContain(
    "allowed are parquet, csv",
  );
});

test("where it does not, the answer says what to use there", async () => {
  const { ask } = await open();
  const exported = await ask("POST", "/v1/export", {
    table: "shop.orders",
    format: "csv",
  });
  expect(exported.status).toBe(501);
  expect(exported.json.detail).toContain("use the warehouse's own");
  expect((await ask("POST", "/v1/backup", { directory: "/x" })).json).toMatchObject({
    status: 501,
    code: "not_here",
  });
});
