import { expect, test } from "@jest/globals";
import { rowSpec } from "../../../functions/hits/row.ts";
import { registryConflict, tableForbidden, warehouseDown } from "../../../functions/problems.ts";
import { streamRef } from "../../../functions/stream-ref.ts";
import type { View } from "../../../functions/warehouse.ts";
import { openAdmin } from "../../support/admin.ts";
import { leads, uuid } from "./leads.ts";

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
  registry.write = (...args) => {
    writes++;
    registry.put(id, { ...leads, name: "Theirs" });
    return write(...args);
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

test("an invalid document can be fixed and removed", async () => {
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
