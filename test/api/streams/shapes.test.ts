import { expect, test } from "@jest/globals";
import { openAdmin } from "../../support/admin.ts";
import { afterclick, fakeAdmin } from "../../support/cli.ts";
import { leads, id as leadsId } from "../../cli/commands/leads.ts";

async function withStream(fields: object = {}) {
  const admin = await openAdmin();
  const { json } = await admin.ask("POST", "/v1/streams", {
    table: "crm.leads",
    offset: "UTC",
    key: "lead.id",
    updated: "changed",
    ...fields,
  });
  const ask = async (shape: string, cells: object) => {
    const asked = await admin.ask("POST", `/v1/streams/${json.id}/shapes/${shape}`, { cells });
    const written = asked.json as typeof asked.json & { sql: string; cells: Record<string, string> };
    return { status: asked.status, json: written };
  };
  return { ...admin, shape: ask };
}

test("a shape is written with what the stream says itself, and with the cells that are named", async () => {
  const { shape, ask } = await withStream();
  const { status, json } = await shape("conversion_events", {
    conversion_name: "=lead",
    conversion_value: "sum",
  });
  expect(status).toBe(200);
  expect(json.cells).toEqual({
    conversion_id: "lead.id",
    conversion_time: "changed",
    conversion_name: "=lead",
    conversion_value: "sum",
  });
  expect(json.sql).toContain("FROM `crm.leads_current`");
  expect(json.sql).toContain(`JSON_VALUE(fields, '$."lead"."id"') AS conversion_id_cell`);
  const { json: all } = await ask("GET", "/v1/shapes");
  expect(JSON.stringify(all)).toContain('"name":"meta"');
});

test("records are read where they are: of hits, of items, of hits without a key", async () => {
  const cells = { anonymous_id: "client", email: "header:x-mail", user_id: "a.0" };
  const keys = await (await withStream()).shape("identity_keys", cells);
  expect(keys.json.sql).toContain("FROM `crm.leads_unique`");
  expect(keys.json.sql).toContain(`JSON_VALUE(headers, '$."x-mail"')`);
  expect(keys.json.sql).toContain(
    `COALESCE(JSON_VALUE(fields, '$."a"[0]'), JSON_VALUE(fields, '$."a"."0"'))`,
  );
  const items = await withStream({ items: "leads" });
  const of = async (shape: string, more: object) => (await items.shape(shape, more)).json.sql;
  expect(await of("identity_keys", { anonymous_id: "c", user_id: "u" })).toContain("FROM `crm.leads_items`");
  expect(await of("five_columns", { ev: "e", reference_ev: "=a" })).toContain(`JSON_VALUE(item, '$."e"')`);
  const keyless = await withStream({ key: undefined, updated: undefined });
  const written = await keyless.shape("five_columns", { ev: "e", reference_ev: "=a", reference_id: "id" });
  expect(written.json.sql).toContain("FROM `crm.leads_unique`");
});

test.each([
  ["conversion_events", {}, "needs to know where conversion_name (what happened) is"],
  ["data_manager", {}, "needs one of gclid, gbraid, wbraid, email, phone, client_id"],
  ["meta", { mail: "x" }, 'has no cell "mail"; allowed are event_name'],
  ["meta", { email: "a..b" }, 'email is "a..b"; allowed is a path'],
  ["meta", { email: "=it's" }, "without quotes and backslashes"],
  ["meta", { email: "=a\\" }, "without quotes and backslashes"],
  ["nothing", {}, 'There is no shape "nothing"; allowed are five_columns'],
])("is refused in words: %s %j", async (name, cells, says) => {
  const { shape } = await withStream();
  const { status, json } = await shape(name, cells);
  expect([status, json.code]).toEqual([400, "request_refused"]);
  expect(json.detail).toContain(says);
});

test("a path out of an item is refused, and a key of several paths names no one cell", async () => {
  const items = await withStream({ items: "leads" });
  const out = await items.shape("five_columns", { ev: "^shop", reference_ev: "=a" });
  expect(out.json.detail).toContain("leads out of the item");
  const two = await withStream({ key: ["shop", "id"] });
  const lacking = await two.shape("five_columns", { ev: "e", reference_ev: "=a" });
  expect(lacking.json.detail).toContain("where reference_id (the transaction_id of its web event) is");
});

test("the command prints the text alone, and lists the shapes where none is named", async () => {
  const sql = "SELECT 1 AS one";
  await using admin = await fakeAdmin({
    [`GET /v1/streams/${leadsId}`]: { json: leads },
    [`POST /v1/streams/${leadsId}/shapes/meta`]: { json: { sql, cells: {} } },
    "GET /v1/shapes": {
      json: {
        shapes: [
          {
            name: "meta",
            about: "Meta's events",
            cells: [{ name: "email", says: "hashed", required: false }],
            one_of: ["email"],
          },
        ],
      },
    },
  });
  const run = (...argv: string[]) => afterclick(["shapes", ...argv], { url: admin.url });
  const { code, out } = await run(leadsId, "meta", "--cell", "event_name==Lead", "--cell", "value=a=b");
  expect([code, out]).toEqual([0, `${sql}\n`]);
  expect(admin.asked.at(-1)?.body).toEqual({ cells: { event_name: "=Lead", value: "a=b" } });
  const all = await run();
  expect(all.out).toMatch(/^meta: Meta's events\nOne of these has to be there: email\ncell +\| what it is/);
  expect((await run(leadsId, "meta", "--cell", "value")).err).toContain(
    '--cell is "value"; allowed is NAME=PATH',
  );
});
