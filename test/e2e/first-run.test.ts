import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, test } from "@jest/globals";
import { inFolder } from "../support/folder.ts";
import { cli, endAll, exampleStream, startProduct, type Product } from "../support/product.ts";
import { until } from "../support/until.ts";

afterEach(endAll);

const body = "orderId=N1&status=delivered&total=120.13&userId=U1";

async function send(product: Product, stream: string, given: RequestInit = {}): Promise<Response> {
  return fetch(`${product.collectUrl}/ds/${stream}`, {
    method: "POST",
    body,
    ...given,
  });
}

/** While the server is stopped: the admin API would refuse it. */
function changeByHand(directory: string, changes: object, id: string): void {
  const db = new DatabaseSync(join(directory, "registry.sqlite"));
  db.prepare("update streams set document = json_patch(document, ?) where id = ?").run(
    JSON.stringify(changes),
    id,
  );
  db.close();
}

async function hitId(reply: Response): Promise<string> {
  const { hit_id } = (await reply.json()) as { hit_id: string };
  expect(hit_id).toBe(reply.headers.get("afterclick-hit-id"));
  return hit_id;
}

async function isRow(product: Product, id: string): Promise<boolean> {
  return (await product.admin<{ state: string }>("GET", `/v1/hits/${id}`)).state === "in_table";
}

test("from the first start to a row in three commands: start, curl, rows", () =>
  inFolder(async (directory) => {
    const product = await startProduct(directory);
    expect(product.output()).toContain(`-X POST ${product.collectUrl}/ds/${exampleStream}`);
    expect(product.output()).toContain("for trying only");

    const reply = await send(product, exampleStream, {
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect(reply.status).toBe(200);
    const id = await hitId(reply);
    await until("the hit is a row", () => isRow(product, id));

    const rows = await cli(product.adminUrl, ["rows", "example.orders"]);
    expect(rows.code).toBe(0);
    for (const text of ["hit_id", "payload", "received_at", "date", id, body])
      expect(rows.stdout).toContain(text);

    const json = await cli(product.adminUrl, ["rows", "example.orders", "--json", "--all"]);
    expect(json.stdout).toContain(id);
    const found = await cli(product.adminUrl, ["hit", id]);
    expect(found.stdout).toContain("example.orders");
    const unknown = await cli(product.adminUrl, ["hit", "00000000-0000-4000-8000-000000000000"]);
    expect(unknown.code).toBe(4);
    expect(await product.end("SIGTERM")).toBe(0);
  }));

test("until the example got a hit, every start shows how to try it, also after one that found its port taken", () =>
  inFolder(async (directory) => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", () => resolve()));
    const { port } = taken.address() as AddressInfo;
    try {
      const failed = startProduct(directory, { ADMIN_PORT: String(port) });
      expect(await failed.catch(String)).toContain("cannot be used");
    } finally {
      taken.close();
    }
    const product = await startProduct(directory);
    expect(product.output()).toContain(`-X POST ${product.collectUrl}/ds/`);
    expect(product.output()).toContain("for trying only");
    const id = await hitId(await send(product, exampleStream));
    await until("the hit is a row", () => isRow(product, id));
    await product.end("SIGTERM");
    const again = await startProduct(directory);
    expect(again.output()).not.toContain("for trying only");
  }));

test("a start after the example was removed, or another stream was added, says nothing of it", () =>
  inFolder(async (directory) => {
    for (const [folder, method, path, body] of [
      ["removed", "DELETE", `/v1/streams/${exampleStream}`, undefined],
      ["added", "POST", "/v1/streams", { table: "crm.leads", offset: "UTC" }],
    ] as const) {
      const product = await startProduct(join(directory, folder));
      await product.admin(method, path, body);
      await product.end("SIGTERM");
      const again = await startProduct(join(directory, folder));
      expect(again.output()).not.toContain("for trying only");
      await again.end("SIGTERM");
    }
  }));

test("a stream of one's own: added, tried, its row queried, paused, resumed, removed", () =>
  inFolder(async (directory) => {
    const product = await startProduct(directory, {
      COLLECT_URL: "https://hits.example.com",
    });
    const local = /0\.0\.0\.0:(\d+)|127\.0\.0\.1:(\d+)/.exec(product.output());
    expect(local).toBeDefined();
    const added = await cli(product.adminUrl, [
      "streams",
      "add",
      "--table",
      "crm.leads",
      "--offset",
      "+03:00",
      "--name",
      "Leads",
    ]);
    expect(added.code).toBe(0);
    const id = /https:\/\/hits\.example\.com\/ds\/([0-9a-f-]{36})/.exec(added.stdout)![1]!;
    const { streams } = await product.admin<{
      streams: { id: string; name: string }[];
    }>("GET", "/v1/streams");
    // No example: everybody knows its address, and the world reaches this server.
    expect(streams.map(({ name }) => name)).toEqual(["Leads"]);
    expect(streams.some((stream) => stream.id === id)).toBe(true);
    expect((await cli(product.adminUrl, ["streams", "pause", "Leads"])).code).toBe(0);
    expect((await cli(product.adminUrl, ["streams", "show", "Leads"])).stdout).toContain("paused");
    expect((await cli(product.adminUrl, ["streams", "resume", "Leads"])).code).toBe(0);
    expect((await cli(product.adminUrl, ["streams", "remove", "Leads", "--yes"])).code).toBe(0);
    expect((await cli(product.adminUrl, ["streams", "list"])).stdout).not.toContain("Leads");
  }));

test("the example is a stream that does not exist to whoever comes from elsewhere, and once the world has an address", () =>
  inFolder(async (directory) => {
    const product = await startProduct(directory);
    const unknown = await send(product, "00000000-0000-4000-8000-000000000000");
    const refusal = await unknown.text();
    const forwarded = { headers: { "x-forwarded-for": "192.0.2.1" } };
    for (const method of ["POST", "GET", "PUT", "OPTIONS", "DELETE"]) {
      const given = { ...forwarded, method, body: method === "GET" ? null : body };
      const seen = await send(product, exampleStream, given);
      expect([method, seen.status, await seen.text()]).toEqual([method, 404, refusal]);
      expect(seen.headers.get("allow")).toBeNull();
    }
    expect((await send(product, exampleStream, { ...forwarded, method: "HEAD", body: null })).status).toBe(
      404,
    );
    expect((await send(product, exampleStream)).status).toBe(200);
    await product.end("SIGTERM");
    const { port } = new URL(product.collectUrl);
    const world = await startProduct(directory, { PORT: port, COLLECT_URL: "https://hits.example.com" });
    expect(world.output()).not.toContain("for trying only");
    const seen = await send(product, exampleStream);
    expect([seen.status, await seen.text()]).toEqual([404, refusal]);
  }));

test("a test send goes out through the public address and ends at its row, which the views leave out", () =>
  inFolder(async (directory) => {
    const product = await startProduct(directory);
    const tested = await cli(product.adminUrl, ["test", "Example"]);
    expect(tested.stderr + tested.stdout).toMatch(/row/i);
    expect(tested.code).toBe(0);
    const query = (sql: string) => cli(product.adminUrl, ["query", sql, "--json"]);
    expect(JSON.parse((await query("SELECT DISTINCT is_test FROM example.orders")).stdout)).toEqual([
      { is_test: true },
    ]);
    for (const view of ["orders_unique", "orders_current"]) {
      const shown = () => query(`SELECT * FROM example.${view}`);
      // A row does not wait for its views for long.
      await until(`${view} is there`, async () => (await shown()).code === 0);
      expect(JSON.parse((await shown()).stdout)).toEqual([]);
    }
  }));

test(
  "a mistake in a stream's table loses nothing: dead letters, fixed, replayed, rows",
  () =>
    inFolder(async (directory) => {
      const first = await startProduct(directory);
      const { id } = await first.admin<{ id: string }>("POST", "/v1/streams", {
        table: "example.calls",
        offset: "UTC",
      });
      await first.end("SIGTERM");
      changeByHand(directory, { table: "example.orders_unique" }, id);
      const product = await startProduct(directory);
      // The example's first hit makes the view of that name.
      await send(product, exampleStream);
      await until("the view is there", async () => {
        const { columns } = await product
          .admin<{ columns: unknown[] }>("POST", "/v1/query", {
            sql: "SELECT * FROM example.orders_unique",
          })
          .catch(() => ({ columns: [] }));
        return columns.length > 0;
      });
      const hit = await hitId(await send(product, id));
      type Letters = {
        dead_letters: { hit_id: string; reason: string; state: string }[];
      };
      const letters = () => product.admin<Letters>("GET", "/v1/dead-letters");
      await until("the hit is a dead letter", async () => (await letters()).dead_letters.length > 0);
      expect((await letters()).dead_letters).toMatchObject([
        { hit_id: hit, reason: "schema_differs", state: "waiting" },
      ]);
      const early = await cli(product.adminUrl, ["dead-letters", "replay", hit, "--yes"]);
      expect(early.code).toBe(1);

      await product.admin("PATCH", `/v1/streams/${id}`, {
        table: "example.fixed",
      });
      // On one machine the change is seen at once.
      await until("the replay arrives", async () => {
        await cli(product.adminUrl, ["dead-letters", "replay", hit, "--yes"]);
        return (await product.admin<{ state: string }>("GET", `/v1/hits/${hit}`)).state === "in_table";
      });
      const { rows } = await product.admin<{ rows: unknown[][] }>("POST", "/v1/query", {
        // Whoever asks twice may have two rows of one hit.
        sql: "SELECT DISTINCT hit_id, payload FROM example.fixed",
      });
      expect(rows).toEqual([[hit, body]]);
    }),
  600_000,
);

test("export writes files, backup and restore bring everything back", () =>
  inFolder(async (directory) => {
    const product = await startProduct(join(directory, "data"));
    const id = await hitId(await send(product, exampleStream));
    await until("the hit is a row", () => isRow(product, id));
    const csv = join(directory, "orders.csv");
    const parquet = join(directory, "orders.parquet");
    expect((await cli(product.adminUrl, ["export", "example.orders", "--output", csv])).code).toBe(0);
    expect((await cli(product.adminUrl, ["export", "example.orders", "--output", parquet])).code).toBe(0);
    expect(readFileSync(csv, "utf8")).toContain(id);
    expect(readFileSync(parquet).subarray(0, 4).toString()).toBe("PAR1");

    const backup = join(directory, "backup");
    expect((await cli(product.adminUrl, ["backup", backup])).code).toBe(0);
    await product.end("SIGTERM");
    const restored = join(directory, "restored");
    const done = await cli("", ["restore", backup, "--data-dir", restored]);
    expect(done).toMatchObject({ code: 0 });
    const again = await startProduct(restored);
    const rows = await cli(again.adminUrl, ["rows", "example.orders"]);
    expect(rows.stdout).toContain(id);
  }));

test("a bare table name is found by hand, in the default dataset", () =>
  inFolder(async (directory) => {
    const product = await startProduct(directory, { DEFAULT_DATASET: "leads" });
    await product.end("SIGTERM");
    // By hand: nobody has made a dataset for it.
    changeByHand(directory, { table: "calls" }, exampleStream);
    const again = await startProduct(directory, { DEFAULT_DATASET: "leads" });
    const id = await hitId(await send(again, exampleStream));
    await until("the hit is a row", () => isRow(again, id));
    const found = await cli(again.adminUrl, ["query", "select distinct hit_id from calls", "--json"]);
    expect(JSON.parse(found.stdout)).toEqual([{ hit_id: id }]);
  }));

test("the data folder, what is in it and a backup are for this user alone", () =>
  inFolder(async (directory) => {
    const folder = join(directory, "data");
    const product = await startProduct(folder);
    const copy = join(directory, "backup");
    expect((await cli(product.adminUrl, ["backup", copy])).code).toBe(0);
    const restored = join(directory, "restored");
    const done = await cli("", ["restore", copy, "--data-dir", restored]);
    expect(done.code).toBe(0);
    for (const made of [folder, copy, restored]) {
      expect(statSync(made).mode & 0o077).toBe(0);
      for (const name of readdirSync(made))
        if (made !== restored || name !== "lock.sqlite")
          expect([name, statSync(join(made, name)).mode & 0o077]).toEqual([name, 0]);
    }
  }));

test("a data folder that cannot be one stops the start in one line", () =>
  inFolder(async (directory) => {
    const file = join(directory, "file");
    writeFileSync(file, "");
    for (const wrong of [file, join(file, "below"), "/proc/afterclick"]) {
      const refusal = String(await startProduct(wrong).catch((error: Error) => error.message));
      expect(refusal).toContain(`The data folder ${wrong} cannot be used`);
      expect(refusal.trim().split("\n")).toHaveLength(2);
    }
  }));

test("a HOST that is no address of this machine is named as such", () =>
  inFolder(async (directory) => {
    const refusal = String(
      await startProduct(directory, { HOST: "192.0.2.1" }).catch((error: Error) => error.message),
    );
    expect(refusal).toContain("HOST is 192.0.2.1, which is no address of this");
  }));

test("a second process on the same data is refused in one line", () =>
  inFolder(async (directory) => {
    await startProduct(directory);
    const refusal = await startProduct(directory).catch((error: Error) => error.message);
    expect(refusal).toContain("exit code 1");
    expect(String(refusal).trim().split("\n")).toHaveLength(2);
    expect(refusal).not.toMatch(/\bat .*\.ts/);
  }));

test("a wrong variable stops the start in one line that names it", () =>
  inFolder(async (directory) => {
    const refusal = String(
      await startProduct(directory, { ADMIN_PORT: "many" }).catch((error: Error) => error.message),
    );
    expect(refusal).toContain("ADMIN_PORT");
    expect(refusal.trim().split("\n")).toHaveLength(2);
  }));

test("no web page can drive the admin API", () =>
  inFolder(async (directory) => {
    const { adminUrl } = await startProduct(directory);
    const { port } = new URL(adminUrl);
    const page = await fetch(`${adminUrl}/v1/streams`, {
      headers: { origin: "https://evil.example" },
    });
    expect(page.status).toBe(403);
    const { request } = await import("node:http");
    const rebound = await new Promise<number>((resolve, reject) => {
      request(
        {
          host: "127.0.0.1",
          port,
          path: "/v1/streams",
          headers: { host: "evil.example" },
        },
        (reply) => {
          reply.resume();
          resolve(reply.statusCode!);
        },
      )
        .on("error", reject)
        .end();
    });
    expect(rebound).toBe(403);
  }));
