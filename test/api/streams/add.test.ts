import { expect, test } from "@jest/globals";
import { warehouseDown } from "../../../functions/problems.ts";
import { exampleStreamId } from "../../../functions/streams/example.ts";
import { openAdmin } from "../../support/admin.ts";
import { leads, uuid } from "./leads.ts";

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
    const table = `t.${key.replaceAll(/[.:]/g, "_")}`;
    const { json } = await ask("POST", "/v1/streams", { ...leads, table, key, ...more });
    return json.curl.replace(json.endpoint, "HERE");
  };
  expect(await curl("leadId")).toBe(
    `curl -d "leadId=N1&status=delivered&total=120.13&userId=U1" -X POST HERE`,
  );
  expect(await curl("status")).toBe(`curl -d "status=N1&total=120.13&userId=U1" -X POST HERE`);
  expect(await curl("order.id.x")).toBe(
    `curl -H "Content-Type: application/json" -d '{"order":{"id":{"x":"N1"}},"status":"delivered","total":"120.13","userId":"U1"}' -X POST HERE`,
  );
  expect(await curl("order.no", { methods: ["GET"] })).toBe(
    `curl "HERE?order%5Bno%5D=N1&status=delivered&total=120.13&userId=U1"`,
  );
  expect(await curl("header:x-no")).toBe(
    `curl -H "x-no: N1" -d "status=delivered&total=120.13&userId=U1" -X POST HERE`,
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
    /"ofset" is unknown; allowed are table, offset, name, state, methods, key, updated, items, backend_events, watch, sender, auth, handshake, answer, delivery, managed_by/,
  ],
  [{ ...leads, id: "522ed95e-9f07-45f6-a0b7-28bf2d0315e5" }, /everybody knows this one/],
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

test("a stream of another installation keeps its address, which no stream here ever had", async () => {
  const { ask, registry } = await openAdmin();
  const id = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";
  const { status, json } = await ask("POST", "/v1/streams", { ...leads, id });
  expect([status, json.id, json.endpoint]).toEqual([201, id, `https://in.example.com/ds/${id}`]);
  expect((await registry.list())[0]).toMatchObject({ id, document: leads });
  expect(Object((await registry.list())[0]?.document)).not.toHaveProperty("id");
  await ask("DELETE", `/v1/streams/${id}`);
  for (const taken of [id, exampleStreamId]) {
    const { status, json } = await ask("POST", "/v1/streams", { ...leads, id: taken });
    expect([status, json.code]).toEqual([400, "stream_refused"]);
    expect(json.detail).toContain(`id is ${taken}, and `);
  }
  for (const wrong of ["my-stream", id.toUpperCase(), 7]) {
    const { status, json } = await ask("POST", "/v1/streams", { ...leads, id: wrong });
    expect([status, json.code]).toEqual([400, "request_refused"]);
    expect(json.detail).toContain("allowed is a UUID in lower case");
  }
  expect(await registry.list()).toHaveLength(1);
});
