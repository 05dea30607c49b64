import { expect, test } from "@jest/globals";
import { openAdmin } from "../../support/admin.ts";
import { afterclick, fakeAdmin } from "../../support/cli.ts";
import { id, leads } from "../../cli/commands/leads.ts";

test.each([
  [{ key: ["a", "b"] }, {}, "key is not one path"],
  [{ key: "id" }, { compare: { status: "^a" } }, '"^a" is no path into the record'],
])("what cannot be compared is refused in words: %j %j", async (fields, more, says) => {
  const { ask } = await openAdmin();
  const { json: stream } = await ask("POST", "/v1/streams", { table: "crm.leads", offset: "UTC", ...fields });
  const path = `/v1/streams/${stream.id}/reconcile`;
  const { status, json } = await ask("POST", path, { table: "crm.all", key: "id", ...more });
  expect([status, json.code]).toEqual([400, "request_refused"]);
  expect(json.detail).toContain(says);
});

const found = {
  records: 3410,
  missing: 1,
  older: 1,
  differs: 0,
  ahead: 7,
  rows: [
    { key: "N17", kind: "missing", since: "2026-10-02T08:00:00.000Z", came_at: null },
    { key: "N40", kind: "older", since: "2026-10-19T11:30:00.000Z", came_at: "2026-10-18T09:00:00.000Z" },
  ],
  sql: "SELECT 1",
};

async function setUp(answer: object = {}) {
  const admin = await fakeAdmin({
    [`GET /v1/streams/${id}`]: { json: leads },
    "GET /v1/feeds/crm": {
      json: {
        table: "crm.all",
        key: "order id",
        updated: "at",
        columns: [{ field: "order id", column: "order_id" }],
      },
    },
    [`POST /v1/streams/${id}/reconcile`]: { json: { ...found, ...answer } },
  });
  const run = (...argv: string[]) => afterclick(["reconcile", id, ...argv], { url: admin.url });
  return { admin, run };
}

test("the command says how many never came and lists them, by the feed's own columns", async () => {
  const { admin, run } = await setUp();
  await using _ = admin;
  const { code, out } = await run("--feed", "crm", "--compare", "status=order.status");
  expect(code).toBe(1);
  expect(admin.asked.at(-1)?.body).toEqual({
    table: "crm.all",
    key: "order_id",
    updated: "at",
    compare: { status: "order.status" },
    limit: 100,
  });
  expect(out).toMatch(/^N17 +\| missing \| 2026-10-02T08:00:00.000Z \| NULL$/m);
  expect(out).toContain(
    "1 of 3410 records never came by webhook; of 1 the stream has an older state, of 0 another one, of 7 a later one.",
  );
  expect((await run("--with", "crm.all", "--key", "id", "--sql")).out).toBe("SELECT 1\n");
});

test("nothing is missing: it leaves with 0", async () => {
  const { admin, run } = await setUp({ missing: 0, older: 0, rows: [] });
  await using _ = admin;
  const { code, out } = await run("--with", "crm.all", "--key", "id");
  expect([code, out.split("\n").length]).toEqual([0, 2]);
});

test.each([
  [[], "needs --feed NAME or --with TABLE, one of them"],
  [["--feed", "crm", "--with", "a.b"], "one of them"],
  [["--with", "a.b"], "needs --key COLUMN"],
  [["--with", "a.b", "--key", "id", "--compare", "x"], '--compare is "x"; allowed is COLUMN=PATH'],
])("is refused before anything is asked: %j", async (argv, says) => {
  const { admin, run } = await setUp();
  await using _ = admin;
  const { code, err } = await run(...argv);
  expect(code).toBe(2);
  expect(err).toContain(says);
});
