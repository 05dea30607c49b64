import { expect, test } from "@jest/globals";
import { registryConflict, schemaDiffers, tableForbidden, warehouseDown } from "../../functions/problems.ts";
import { streamRef } from "../../functions/stream-ref.ts";
import { rowSpec } from "../../functions/hits/row.ts";
import type { View } from "../../functions/warehouse.ts";
import { type Ask, openAdmin } from "../support/admin.ts";

const leads = { table: "crm.leads", offset: "+03:00", name: "Leads" };
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

test("a new stream has an address of its own, a line to try it with, and its dataset", async () => {
  const { ask, warehouse, registry } = await openAdmin();
  const { status, json } = await ask("POST", "/v1/streams", leads);
  expect(status).toBe(201);
  expect(json.id).toMatch(uuid);
  expect(json).toMatchObject({
    ...leads,
    state: "active",
    valid: true,
    reachable: true,
    problems: [],
    warnings: [],
  });
  expect(json.endpoint).toBe(`https://in.example.com/ds/${json.id}`);
  expect(json.curl).toBe(
    `curl -d "orderId=N1&status=delivered&total=120.13&userId=U1" -X POST ${json.endpoint}`,
  );
  expect(await warehouse.describe({ dataset: "crm", table: "leads" })).toBeUndefined();
  expect((await registry.list())[0]?.document).toEqual({
    ...leads,
    created_at: "2026-11-21T12:00:00.000Z",
    updated_at: "2026-11-21T12:00:00.000Z",
  });
});

test("the line that tries a stream names the record by the stream's own key", async () => {
  const { ask } = await openAdmin();
  const curl = async (key: string, more: object = {}) => {
    const table = `t.${key.replaceAll(".", "_")}`;
    const { json } = await ask("POST", "/v1/streams", { ...leads, table, key, ...more });
    return json.curl.replace(json.endpoint, "HERE");
  };
  expect(await curl("leadId")).toBe(
    `curl -d "leadId=N1&status=delivered&total=120.13&userId=U1" -X POST HERE`,
  );
  expect(await curl("status")).toBe(`curl -d "status=N1&total=120.13&userId=U1" -X POST HERE`);
  expect(await curl("order.id.x")).toBe(
    `curl -H "Content-Type: application/json" -d '{"status":"delivered","total":"120.13","userId":"U1","order":{"id":{"x":"N1"}}}' -X POST HERE`,
  );
  expect(await curl("leads", { methods: ["GET"] })).toBe(
    `curl "HERE?leads=N1&status=delivered&total=120.13&userId=U1"`,
  );
});

test("a stream that may only be called by GET gets a line that does so", async () => {
  const { ask } = await openAdmin();
  const { json } = await ask("POST", "/v1/streams", {
    ...leads,
    methods: ["GET"],
  });
  expect(json.curl).toBe(`curl "${json.endpoint}?orderId=N1&status=delivered&total=120.13&userId=U1"`);
});

test("where the warehouse does not let us make the dataset, the stream is added and a warning says so", async () => {
  const { ask, warehouse } = await openAdmin();
  warehouse.createDataset = () => Promise.reject(warehouseDown({ why: "no answer" }));
  const { status, json } = await ask("POST", "/v1/streams", leads);
  expect(status).toBe(201);
  expect(json.warnings[0]).toContain("The dataset of crm.leads could not be made");
  expect(json.warnings[1]).toContain("The dataset crm does not exist");
});

test.each([
  [
    { ...leads, ofset: "x" },
    /"ofset" is unknown; allowed are table, offset, name, state, methods, key, updated, items, managed_by/,
  ],
  [{ ...leads, id: "522ed95e-9f07-45f6-a0b7-28bf2d0315e5" }, /"id" is unknown/],
  [{ ...leads, created_at: "2026-11-21" }, /"created_at" is unknown/],
  [JSON.parse('{"table":"a.b","offset":"UTC","__proto__":{"x":1}}'), /"__proto__" is unknown/],
  [{ offset: "UTC" }, /table is missing; allowed are table, dataset\.table or project/],
  [{ table: "a b", offset: "UTC" }, /Table is "a b"; allowed are table, dataset\.table/],
  [{ table: "a.b", offset: "3" }, /Offset is "3"; allowed are \+03:00/],
  [{ ...leads, state: "closed" }, /State is "closed"; allowed are active and paused; DELETE closes/],
  [{ ...leads, methods: [] }, /allowed is a list of POST, PUT, GET/],
  [{ ...leads, name: "x".repeat(81) }, /allowed are 1 to 80 characters/],
  ["[]", /The body is \[\]; it must be object/],
  ["{", /The body of 1 bytes is no JSON/],
  ["", /The body of 0 bytes is no JSON/],
])("a stream that cannot be read is not written: %j", async (body, detail) => {
  const { ask, registry } = await openAdmin();
  const { status, json } = await ask(
    "POST",
    "/v1/streams",
    typeof body === "string" ? body : JSON.stringify(body),
  );
  expect(status).toBe(400);
  expect(json.detail).toMatch(detail);
  expect(await registry.list()).toEqual([]);
});

test("a name of 80 characters is taken", async () => {
  const { ask } = await openAdmin();
  expect((await ask("POST", "/v1/streams", { ...leads, name: "x".repeat(80) })).status).toBe(201);
});

test("two streams on one table need the same key and updated; the other one is named, its address is not", async () => {
  const { ask } = await openAdmin();
  const first = (await ask("POST", "/v1/streams", { ...leads, key: "leadId" })).json;
  const refused = await ask("POST", "/v1/streams", {
    table: "crm.leads",
    offset: "UTC",
    key: "id",
  });
  expect(refused.status).toBe(409);
  expect(refused.json.code).toBe("table_shared");
  expect(refused.json.detail).toContain(
    'The stream "Leads" writes to crm.leads too, with the key leadId, no updated and no items',
  );
  expect(refused.json.detail).not.toContain(first.id);
  const second = await ask("POST", "/v1/streams", {
    table: "crm.leads",
    offset: "UTC",
    key: "leadId",
  });
  expect(second.status).toBe(201);
  const changed = await ask("PATCH", `/v1/streams/${second.json.id}`, {
    key: null,
  });
  expect(changed.json.code).toBe("table_shared");
  // A stream that is closed writes no more.
  await ask("DELETE", `/v1/streams/${first.id}`);
  expect((await ask("PATCH", `/v1/streams/${second.json.id}`, { key: null })).status).toBe(200);
});

test("streams that share a table differently by hand are warned of, and can still be renamed", async () => {
  const { ask, registry } = await openAdmin();
  registry.put("11111111-1111-4111-8111-111111111111", {
    table: "a.b",
    offset: "UTC",
    name: "One",
    key: "x",
  });
  registry.put("22222222-2222-4222-8222-222222222222", {
    table: "a.b",
    offset: "UTC",
  });
  const { streams } = (await ask("GET", "/v1/streams")).json;
  expect(streams[0]!.warnings.join()).toContain(
    "Another stream (without a name) writes to a.b too, with no key, no updated and no items",
  );
  expect(streams[1]!.warnings.join()).toContain('The stream "One" writes to a.b too');
  const renamed = await ask("PATCH", "/v1/streams/22222222-2222-4222-8222-222222222222", { name: "Two" });
  expect(renamed.json.name).toBe("Two");
});

test("documents written by hand are listed with what is wrong with them, and stay as they are", async () => {
  const { ask, registry } = await openAdmin();
  const byHand: [string, unknown][] = [
    ["11111111-1111-4111-8111-111111111111", { table: "a b", offset: "UTC" }],
    ["22222222-2222-4222-8222-222222222222", "no object"],
    ["33333333-3333-4333-8333-333333333333", { table: "a.b", offset: "UTC", colour: "red" }],
    ["AAAAAAAA-3333-4333-8333-333333333333", { table: "a.b", offset: "UTC" }],
    ["orders", { table: "a.b", offset: "UTC" }],
  ];
  for (const [id, document] of byHand) registry.put(id, document);
  const before = await registry.list();
  const { streams } = (await ask("GET", "/v1/streams")).json;
  const [invalid, text, unknown, upper, named] = streams;
  expect(invalid).toMatchObject({
    valid: false,
    problems: [expect.stringContaining('table is "a b"')],
    reachable: true,
  });
  expect(text).toMatchObject({
    valid: false,
    problems: [expect.stringContaining("allowed is an object")],
  });
  expect(unknown!.valid).toBe(true);
  expect(unknown!.warnings[0]).toContain('Nothing reads the field "colour"');
  expect(upper).toMatchObject({
    reachable: false,
    suggested_id: "aaaaaaaa-3333-4333-8333-333333333333",
  });
  expect(named!.suggested_id).toMatch(uuid);
  expect((await ask("GET", "/v1/streams/orders")).json.suggested_id).toBe(named!.suggested_id);
  expect((await ask("GET", `/v1/streams/${upper!.id}`)).json.id).toBe(upper!.id);
  expect((await ask("GET", `/v1/streams/${invalid!.id.toUpperCase()}`)).json.id).toBe(invalid!.id);
  expect(named!.endpoint).toBeUndefined();
  expect((await ask("GET", "/v1/streams/orders")).json.id).toBe("orders");
  expect(await registry.list()).toEqual(before);
});

test("a table that cannot take the rows is warned of before the first hit", async () => {
  const { ask, registry, warehouse } = await openAdmin();
  registry.put("11111111-1111-4111-8111-111111111111", {
    table: "crm.leads",
    offset: "UTC",
  });
  const warning = async () =>
    (await ask("GET", "/v1/streams/11111111-1111-4111-8111-111111111111")).json.warnings;
  expect(await warning()).toEqual([expect.stringContaining("The dataset crm does not exist")]);
  warehouse.putForeign({ dataset: "crm", table: "leads" }, [
    { name: "hit_id", type: "INT64", required: true },
  ]);
  expect(await warning()).toEqual([expect.stringContaining("the column hit_id is INT64, STRING is needed")]);
  warehouse.describe = () => Promise.reject(warehouseDown({ why: "no answer" }));
  expect(await warning()).toEqual([expect.stringContaining("The table could not be looked at")]);
});

test("pause, resume and change: only what is named changes, null takes a field away", async () => {
  const { ask, clock } = await openAdmin();
  const { id } = (await ask("POST", "/v1/streams", { ...leads, key: "leadId" })).json;
  clock.ms += 1000;
  const paused = (await ask("PATCH", `/v1/streams/${id}`, { state: "paused" })).json;
  expect(paused).toMatchObject({
    ...leads,
    key: "leadId",
    state: "paused",
    updated_at: "2026-11-21T12:00:01.000Z",
  });
  const changed = (
    await ask("PATCH", `/v1/streams/${id}`, {
      state: null,
      key: null,
      name: "All leads",
    })
  ).json;
  expect(changed).toMatchObject({
    state: "active",
    name: "All leads",
    created_at: "2026-11-21T12:00:00.000Z",
  });
  expect(changed.key).toBeUndefined();
  const moved = await ask("PATCH", `/v1/streams/${id}`, {
    table: "sales.leads",
  });
  expect(moved.json.warnings).toEqual([]);
});

test("a change that would make the stream unreadable is refused", async () => {
  const { ask } = await openAdmin();
  const { id } = (await ask("POST", "/v1/streams", leads)).json;
  const refused = await ask("PATCH", `/v1/streams/${id}`, { table: null });
  expect(refused.json).toMatchObject({ status: 400, code: "stream_refused" });
  expect((await ask("PATCH", `/v1/streams/${id}`, {})).json.detail).toMatch(
    /The body is empty; allowed are table/,
  );
  expect((await ask("PATCH", `/v1/streams/${id}`, { offset: "x", colour: 1 })).json.detail).toMatch(
    /offset is "x"; allowed.*colour|colour.*offset is "x"/i,
  );
});

test("a change that somebody else overtook is a conflict, never a silent merge", async () => {
  const { ask, registry } = await openAdmin();
  const { id } = (await ask("POST", "/v1/streams", leads)).json;
  const { write } = registry;
  let writes = 0;
  registry.write = (...given) => {
    writes++;
    registry.put(id, { ...leads, name: "Theirs" });
    return write(...given);
  };
  const { status, json } = await ask("PATCH", `/v1/streams/${id}`, {
    name: "Ours",
  });
  expect(status).toBe(409);
  expect(json.code).toBe(registryConflict().code);
  expect(writes).toBe(1);
  expect((await ask("GET", `/v1/streams/${id}`)).json.name).toBe("Theirs");
});

test("remove closes for ever and hides the stream; asked twice, it is removed", async () => {
  const { ask, registry } = await openAdmin();
  const { id } = (await ask("POST", "/v1/streams", leads)).json;
  const removed = (await ask("DELETE", `/v1/streams/${id}`)).json;
  expect(removed).toMatchObject({
    state: "closed",
    removed_at: "2026-11-21T12:00:00.000Z",
  });
  expect((await ask("GET", "/v1/streams")).json.streams).toEqual([]);
  expect((await ask("GET", "/v1/streams?removed=true")).json.streams).toHaveLength(1);
  const version = (await registry.list())[0]!.version;
  expect((await ask("DELETE", `/v1/streams/${id}`)).status).toBe(200);
  expect((await registry.list())[0]!.version).toBe(version);
  expect((await ask("PATCH", `/v1/streams/${id}`, { state: "active" })).json.code).toBe(
    "stream_closed_for_good",
  );
});

test("what Terraform manages is only read; what the API manages is changed", async () => {
  const { ask, registry } = await openAdmin();
  const id = "11111111-1111-4111-8111-111111111111";
  registry.put(id, { ...leads, managed_by: "terraform" });
  const refused = await ask("PATCH", `/v1/streams/${id}`, { name: "x" });
  expect(refused.status).toBe(403);
  expect(refused.json.detail).toContain("managed by terraform");
  expect((await ask("DELETE", `/v1/streams/${id}`)).status).toBe(403);
  registry.put(id, { ...leads, managed_by: "api" });
  expect((await ask("PATCH", `/v1/streams/${id}`, { name: "x" })).status).toBe(200);
  registry.put(id, { ...leads, managed_by: null });
  expect((await ask("PATCH", `/v1/streams/${id}`, { name: "y" })).status).toBe(200);
});

test("an invalid document can be mended and removed", async () => {
  const { ask, registry } = await openAdmin();
  const id = "11111111-1111-4111-8111-111111111111";
  registry.put(id, { table: "a b", offset: "UTC" });
  expect((await ask("PATCH", `/v1/streams/${id}`, { table: "a.b" })).json.valid).toBe(true);
  registry.put(id, "no object");
  expect((await ask("DELETE", `/v1/streams/${id}`)).json.state).toBe("closed");
});

test("a stream that is not there is 404, whatever is asked of it", async () => {
  const { ask } = await openAdmin();
  for (const [method, body] of [["GET"], ["PATCH", { name: "x" }], ["DELETE"]] as const) {
    expect((await ask(method, "/v1/streams/nothing", body)).json.code).toBe("stream_unknown");
  }
  expect((await ask("GET", "/v1/streams?remove=true")).json.detail).toMatch(
    /"remove" is unknown; allowed are removed/,
  );
  expect((await ask("GET", "/v1/streams?removed=maybe")).json.detail).toMatch(
    /removed is "maybe"; allowed is: true or false/i,
  );
  expect((await ask("GET", "/v1/streams?removed=true&removed=true")).json.detail).toMatch(/given twice/);
  expect((await ask("GET", "/v1/streams/%ff")).json.detail).toMatch(/broken escape/);
});

test("a paused stream still has its say over its table, one that was closed by hand has none", async () => {
  const { ask, registry } = await openAdmin();
  const other = "11111111-1111-4111-8111-111111111111";
  registry.put(other, { ...leads, key: "leadId", state: "paused" });
  expect((await ask("POST", "/v1/streams", leads)).json.code).toBe("table_shared");
  registry.put(other, { ...leads, key: "leadId", state: "closed" });
  expect((await ask("POST", "/v1/streams", leads)).status).toBe(201);
  expect((await ask("PATCH", `/v1/streams/${other}`, { state: "active" })).json.code).toBe(
    "stream_closed_for_good",
  );
});

test.each([
  "afterclick.orders",
  "Afterclick.orders",
  "my-project.afterclick.orders",
  "INFORMATION_SCHEMA.tables",
  "pg_catalog.orders",
])("a stream never writes into a dataset that is not the user's: %s", async (table) => {
  const { ask, registry } = await openAdmin();
  const refused = await ask("POST", "/v1/streams", { ...leads, table });
  expect(refused.json).toMatchObject({ status: 400, code: "stream_refused" });
  expect(refused.json.detail).toContain(`${JSON.stringify(table)}, and `);
  expect(refused.json.detail).toContain("allowed is a table in any other dataset");
  expect(await registry.list()).toEqual([]);
  const { id } = (await ask("POST", "/v1/streams", leads)).json;
  expect((await ask("PATCH", `/v1/streams/${id}`, { table })).json.code).toBe("stream_refused");
  // A document that was written by hand can still be paused and renamed.
  registry.put(id, { ...leads, table });
  expect((await ask("PATCH", `/v1/streams/${id}`, { state: "paused" })).status).toBe(200);
});

test("a stream that deliver refuses for its table is not listed as one that works", async () => {
  const { ask, registry } = await openAdmin();
  const id = "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44";
  registry.put(id, { table: "afterclick.dead_letters", offset: "UTC" });
  const [listed] = (await ask("GET", "/v1/streams")).json.streams;
  expect(listed).toMatchObject({ id, valid: false });
  expect(listed!.problems.join()).toContain("holds Afterclick's own tables");
  expect((await ask("GET", "/v1/status")).json).toMatchObject({ streams: { total: 1, invalid: 1 } });
});

test("a table that can never take rows is refused: a view, or a name that differs only in upper and lower case", async () => {
  const { ask, registry, warehouse } = await openAdmin();
  const { id } = (await ask("POST", "/v1/streams", leads)).json;
  const of = { dataset: "crm", table: "leads" };
  await warehouse.createTable(of, rowSpec);
  await warehouse.putView({ dataset: "crm", table: "leads_report" }, { kind: "unique", of });
  const view = { table: "crm.leads_report" };
  const added = await ask("POST", "/v1/streams", { ...leads, ...view });
  expect(added.json).toMatchObject({ status: 409, code: "schema_differs" });
  expect(added.json.detail).toContain("it is a view");
  expect((await ask("PATCH", `/v1/streams/${id}`, view)).json.code).toBe("schema_differs");
  expect(await registry.list()).toHaveLength(1);
  const { describe } = warehouse;
  warehouse.describe = async (table) => {
    if (table.table === "Leads")
      throw schemaDiffers({
        table: "crm.Leads",
        differences: "the table is written leads here",
      });
    return describe(table);
  };
  expect((await ask("POST", "/v1/streams", { ...leads, table: "crm.Leads" })).json.detail).toContain(
    "written leads here",
  );
  warehouse.describe = () => Promise.reject(warehouseDown({ why: "no answer" }));
  expect((await ask("POST", "/v1/streams", leads)).status).toBe(201);
});

test.each(["crm.leads_unique", "crm.leads_current", "crm.leads_items", "crm.Leads_Unique"])(
  "no stream takes the name of another stream's view, in whichever order: %s",
  async (table) => {
    const add = (ask: Ask, of: string) => ask("POST", "/v1/streams", { ...leads, table: of });
    for (const [first, second] of [
      ["crm.leads", table],
      [table, "crm.leads"],
    ] as const) {
      const { ask, registry } = await openAdmin();
      const { id } = (await add(ask, first)).json;
      const refused = await add(ask, second);
      expect(refused.json).toMatchObject({
        status: 400,
        code: "stream_refused",
      });
      expect(refused.json.detail).toContain(`table is "${second}"`);
      expect(refused.json.detail).toContain(`writes to ${first}`);
      expect(refused.json.detail).toContain("allowed is a table whose name");
      expect(await registry.list()).toHaveLength(1);
      const other = (await add(ask, "crm.calls")).json.id;
      const change = { table: second };
      expect((await ask("PATCH", `/v1/streams/${other}`, change)).json.code).toBe("stream_refused");
      // By hand nobody is asked; then both streams say so.
      registry.put(other, { ...leads, table: second });
      for (const shown of [id, other])
        expect((await ask("GET", `/v1/streams/${shown}`)).json.warnings.join()).toMatch(
          /is the name of a view of .* Give one of the streams/,
        );
      // Its own name is free.
      expect((await ask("PATCH", `/v1/streams/${other}`, { table: "crm.calls" })).status).toBe(200);
    }
  },
);

test("a table that a removed stream wrote to is never taken for another table's view", async () => {
  const { ask, warehouse } = await openAdmin();
  const table = { dataset: "crm", table: "leads_unique" };
  const { id } = (await ask("POST", "/v1/streams", { ...leads, table: "crm.leads_unique" })).json;
  await warehouse.createTable(table, rowSpec);
  await ask("DELETE", `/v1/streams/${id}`);
  const { json } = await ask("POST", "/v1/streams", leads);
  expect(json.code).toBe("stream_refused");
  expect(json.detail).toContain("crm.leads_unique, the name of its view, is a table that streams wrote to");
  // Somebody else's table is theirs: no view is made then, and nobody takes it for one.
  warehouse.putForeign({ dataset: "crm", table: "calls_unique" }, []);
  const calls = { ...leads, table: "crm.calls" };
  expect((await ask("POST", "/v1/streams", calls)).status).toBe(201);
});

test("a changed key or updated makes the view anew at once; where it cannot, a warning says that it is old", async () => {
  const { ask, warehouse } = await openAdmin();
  const { id } = (await ask("POST", "/v1/streams", { ...leads, key: "leadId" })).json;
  const change = async (body: object) => (await ask("PATCH", `/v1/streams/${id}`, body)).json.warnings;
  const made: View[] = [];
  const { putView } = warehouse;
  warehouse.putView = async (view, definition) => {
    made.push(definition);
    await putView(view, definition);
  };
  const of = { dataset: "crm", table: "leads" };
  // The first hit makes the table, and the view with it.
  expect(await change({ key: "id" })).toEqual([]);
  expect(made).toEqual([]);
  await warehouse.createTable(of, rowSpec);
  expect(await change({ key: "orderId", updated: "at" })).toEqual([]);
  const zones = (offset: string) => ({ offset, offsets: { [streamRef(id)]: offset } });
  const current = { kind: "current", of, key: "orderId", updated: "at" };
  expect(made).toEqual([{ ...current, ...zones("+03:00") }]);
  expect(await change({ key: "orderId", name: "Same" })).toEqual([]);
  expect(made).toHaveLength(1);
  // Times that name no offset are of another zone from now on.
  expect(await change({ offset: "Europe/Kyiv" })).toEqual([]);
  expect(made.slice(1)).toEqual([{ ...current, ...zones("Europe/Kyiv") }]);
  expect(await change({ key: null, updated: null })).toEqual([
    expect.stringContaining(
      "crm.leads_current still shows the old definition. The stream has no key any more, and the view goes on with the old one",
    ),
  ]);
  warehouse.putView = () => Promise.reject(warehouseDown({ why: "no answer" }));
  expect(await change({ key: "id" })).toEqual([
    expect.stringContaining("crm.leads_current still shows the old definition. It could not be made anew"),
  ]);
  // As in the cloud, where the datasets of streams are deliver's to write to.
  warehouse.putView = () => Promise.reject(tableForbidden({ table: "crm.leads_current", why: "403" }));
  expect(await change({ key: "leadId" })).toEqual([
    "crm.leads_current still shows the old definition. This API may not make it anew; the next hit does.",
  ]);
});

test("only what would change something says that nothing was changed", async () => {
  const { ask } = await openAdmin();
  const reads = ["/v1/hits/xyz", "/v1/dead-letters?limit=0", "/v1/streams?a=1&a=2", "/v1/streams/%ff"];
  for (const address of reads) {
    const { detail } = (await ask("GET", address)).json;
    expect(detail).toContain(". Correct this and send it again.");
    expect(detail).not.toContain("Nothing was changed");
  }
  expect((await ask("POST", "/v1/streams", {})).json.detail).toContain("Nothing was changed");
});

test("changed items make both views anew; without items the old view is told of", async () => {
  const { ask, warehouse } = await openAdmin();
  const { id } = (await ask("POST", "/v1/streams", { ...leads, key: "leadId" })).json;
  const of = { dataset: "crm", table: "leads" };
  await warehouse.createTable(of, rowSpec);
  const made: View[] = [];
  const { putView } = warehouse;
  warehouse.putView = async (view, definition) => {
    made.push(definition);
    await putView(view, definition);
  };
  const change = async (body: object) => (await ask("PATCH", `/v1/streams/${id}`, body)).json.warnings;
  expect(await change({ items: "orders", key: ["^.shop", "id"] })).toEqual([]);
  expect(made).toEqual([
    { kind: "items", of, items: "orders" },
    { kind: "current", of, key: ["^.shop", "id"], items: "orders" },
  ]);
  expect(await change({ items: null })).toEqual([
    expect.stringContaining(
      "crm.leads_items still shows the old definition. The stream has no items any more",
    ),
  ]);
});
