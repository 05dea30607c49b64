import { expect, test } from "@jest/globals";
import type { Who } from "../../../functions/people/who.ts";
import { openAdmin } from "../../support/admin.ts";
import { openLocalGround } from "./local-ground.ts";

/** As a person asks for it, over the API and a warehouse that runs. */

const columns = {
  ev: "ev",
  transaction_id: "transaction_id",
  time: "event_time",
  web_event_id: ["web_event_id"],
};

async function open() {
  const ground = await openLocalGround();
  const { warehouse } = ground.ports;
  const who: { one: Who } = {
    one: { id: "ada", name: "ada", role: "admin", seesPayloads: true, how: "session" },
  };
  const { ask, documents } = await openAdmin({ warehouse, identify: async () => who.one });
  await warehouse.createDataset({ dataset: "site", table: "any" });
  await ask("POST", "/v1/imports", { name: "crm", zone: "Europe/Amsterdam" });
  await ground.addWeb([
    { web_event_id: "w1", ev: "lead", transaction_id: "A", event_time: "2026-11-19T10:00:00Z" },
    { web_event_id: "w2", ev: "lead", transaction_id: "b", event_time: "2026-11-20T10:00:00Z" },
  ]);
  const event = (event_id: string, reference_id: string) => ({
    event_id,
    date: "2026-11-20",
    ev: "deal",
    reference_ev: ["lead"],
    reference_id,
  });
  await ground.addEvents([event("1", "A"), event("2", "B")]);
  // What people have is not in the product's dataset.
  await warehouse.createDataset({ dataset: "web", table: "any" });
  await warehouse.putView(
    { dataset: "web", table: "site_events" },
    { kind: "written", sql: `SELECT * FROM ${warehouse.sql.table(ground.web.table)}`, about: "as it is" },
  );
  const link = (body: object) => ask("POST", "/v1/imports/crm/link", body);
  return { ask, who, link, documents, [Symbol.asyncDispose]: () => ground[Symbol.asyncDispose]() };
}

const asked = { table: "web.site_events", ...columns };

test("events of an import are linked and reported on, by a table whose columns are named", async () => {
  await using opened = await open();
  const { ask, link } = opened;
  const first = await link(asked);
  expect(first.json).toEqual({
    source: "web.site_events",
    first: "2025-09-11",
    last: "2026-11-21",
    changed: 2,
    linked: 1,
    moved: 0,
  });
  expect((await link({ ...asked, all: true })).json).toMatchObject({
    first: "2026-11-17",
    changed: 0,
    linked: 0,
  });
  // Nothing may be so far back: a link that is there stays all the same, and the other one has another
  // reason.
  expect((await link({ ...asked, look_back_days: 0, window_days: 0 })).json).toMatchObject({ changed: 1 });
  expect((await link(asked)).json).toMatchObject({ changed: 1, linked: 0, moved: 0 });
  const report = (await ask("GET", "/v1/imports/crm/links?source=web.site_events")).json;
  expect(report).toMatchObject({
    events: 2,
    linked: 1,
    reasons: [{ reason: "id_near", examples: [{ says: "Found b; yours is B. They must be equal." }] }],
  });
  expect((await ask("GET", "/v1/imports/crm/links?first=2026-11-21")).json).toMatchObject({ events: 0 });

  for (const [wrong, says] of [
    [{ first: "2026-11-01" }, "the import crm keeps none"],
    [{ table: "web.site_events" }, "which columns are ev, transaction_id, time, web_event_id"],
    [{ ...asked, ev: "name" }, "has no column name; it has web_event_id, ev, transaction_id"],
    [{ ...asked, ev: "stream_id" }, "the key to write to a stream"],
    [{ ...asked, table: "afterclick.dead_letters" }, "Afterclick's own table"],
    [{ ...asked, first: "2026-02-30" }, "no day of the calendar"],
    [{ ...asked, first: "2026-11-02", last: "2026-11-01" }, "after the last one"],
    [{ ...asked, last: "9999-12-31" }, "in the future"],
    [{ ...asked, preset: "ga4", table: "web.events_", first: "0001-01-01" }, "more than 1000 tables"],
  ] as const) {
    const refused = await link(wrong);
    expect([refused.status, refused.json.code, refused.json.detail]).toEqual([
      400,
      "query_refused",
      expect.stringContaining(says),
    ]);
  }
  for (const ev of ["ev`; DROP TABLE x", "a b", "fields:$.x'y", "=", 'a"b'])
    expect([ev, (await link({ ...asked, ev })).json.code]).toEqual([ev, "request_refused"]);
  expect((await link({ ...asked, table: "web.nothing" })).json.code).toBe("table_missing");
});

test("what an import keeps of its web events need not be said again, and what is said beside it holds this time", async () => {
  await using opened = await open();
  const { ask, link } = opened;
  const keep = (web_events: unknown) => ask("PATCH", "/v1/imports/crm", { web_events });
  for (const [wrong, code] of [
    [{ ...asked, ev: "name" }, "query_refused"],
    [{ ...asked, table: "web.nothing" }, "table_missing"],
    [{ ...asked, all: true }, "request_refused"],
    [{ ev: "ev" }, "request_refused"],
  ] as const)
    expect([wrong, (await keep(wrong)).json.code]).toEqual([wrong, code]);
  expect((await keep({ ...asked, source: "kept" })).json).toMatchObject({
    web_events: { ...asked, source: "kept" },
  });
  expect((await link({ first: "2026-11-01", window_days: 0 })).json).toMatchObject({
    source: "kept",
    first: "2026-11-01",
    changed: 2,
    linked: 1,
  });
  expect((await keep(null)).json).not.toHaveProperty("web_events");
});

test("why the warehouse refuses to read web events is told to who may see payloads alone", async () => {
  await using opened = await open();
  const { ask, link, who } = opened;
  const wrong = { ...asked, time: "transaction_id", time_unit: "seconds" };
  const told = await link(wrong);
  expect([told.status, told.json.code]).toEqual([422, "statement_refused"]);
  expect(told.json.detail).toMatch(/'[Ab]'/);
  who.one = { ...who.one, role: "editor", seesPayloads: false };
  const hidden = await link(wrong);
  expect([hidden.status, hidden.json.code]).toEqual([422, "statement_refused"]);
  expect(hidden.json.detail).not.toMatch(/'[Ab]'/);
  expect(hidden.json.detail).toContain("may see payloads");
  const { json } = await ask("POST", "/v1/imports/crm/link", { ...asked, table: "web.nothing" });
  expect(json.code).toBe("table_missing");
});

test("events are told one by one, to who may see what stands in them", async () => {
  await using opened = await open();
  const { ask, link, who, documents } = opened;
  await link({ ...asked, window_days: 0 });
  const run = { ended_at: 1, code: "warehouse_down", detail: 'Could not convert string "ada@example.com".' };
  await documents.commit([{ kind: "link_runs", id: "crm", document: run }]);
  expect((await ask("GET", "/v1/imports/crm/links")).json).toMatchObject({ last_run: run });
  const events = await ask("GET", "/v1/imports/crm/links/events?state=linked");
  const linked = {
    event_id: "1",
    date: "2026-11-20",
    ev: "deal",
    reference_ev: "lead",
    reference_id: "A",
    state: "linked",
    matched_ev: "lead",
    web_event_id: "w1",
    web_event_time: "2026-11-19T10:00:00.000Z",
    days_between: 1,
    candidate_count: 1,
  };
  expect(events.json).toEqual({ events: [linked] });
  const none = await ask("GET", "/v1/imports/crm/links/events?limit=1&offset=2");
  expect(none.json).toEqual({ events: [] });
  const csv = await ask("GET", "/v1/imports/crm/links/events.csv?reason=id_near");
  let text = "";
  for await (const chunk of csv.body as AsyncIterable<string>) text += chunk;
  expect(text.split("\r\n")).toEqual([
    "event_id,date,ev,reference_ev,reference_id,value,state,reason,matched_ev,web_event_id,web_event_time,days_between,candidate_count,suggestion",
    "2,2026-11-20,deal,lead,B,,unlinked,id_near,,,,,0,b",
    "",
  ]);
  who.one = { ...who.one, seesPayloads: false };
  expect((await ask("GET", "/v1/imports/crm/links")).json).toMatchObject({
    reasons: [{ reason: "id_near", events: 1, examples: [] }],
    last_run: { ...run, detail: "Why is told to those who may see payloads." },
  });
  for (const address of ["events", "events.csv"])
    expect((await ask("GET", `/v1/imports/crm/links/${address}`)).json.code).toBe("payloads_hidden");
});
