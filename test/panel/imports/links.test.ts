import { expect, test } from "@jest/globals";
import { putLinks } from "../../support/linked.ts";
import { openImports, someone, textOf } from "./setup.ts";

/** Which events are linked, and why the others are not. The panel's day is 2026-11-27. */

async function open() {
  const panel = await openImports();
  await putLinks(panel.warehouse, {
    report: [
      {
        date: "2026-11-25",
        reference_ev: "lead",
        events: 100,
        linked: 95,
        unlinked: 5,
        id_near: 3,
        id_unknown: 2,
      },
      {
        date: "2026-11-26",
        reference_ev: "lead,booking",
        events: 50,
        linked: 30,
        waiting: 18,
        unlinked: 2,
        several: 4,
        id_unknown: 2,
        web_data_pending: 18,
        value: "1250.5",
        linked_value: "1000.25",
      },
      { date: "2026-10-01", reference_ev: "lead", events: 7, linked: 7 },
    ],
    events: [
      {
        event_id: "e1",
        reference_evs: "lead",
        reference_id: "AB-12",
        state: "unlinked",
        reason: "id_near",
        suggestion: "ab-12",
        value: "10",
      },
      {
        event_id: "e2",
        reference_evs: "lead",
        reference_id: "7",
        state: "linked",
        matched_ev: "lead",
        web_event_id: "w-7",
        web_event_time: Date.UTC(2026, 10, 20, 8) * 1000,
        days_between: 6,
        candidate_count: 2,
      },
    ],
    web: [{ source: "s", day: "2026-11-26", ev: "lead", events: 200, without_id: 76 }],
  });
  return panel;
}

test("before anything was linked the page says where the web events are named", async () => {
  const { get } = await openImports();
  const text = textOf((await get("/imports/crm/links")).body);
  expect(text).toContain("Nothing was linked yet.");
  expect(text).toContain("npx afterclick imports link crm --keep --table site.events");
});

test("the share is of events that are decided; those that wait are a band of their own, and no failure", async () => {
  const { get } = await open();
  const { body } = await get("/imports/crm/links");
  const text = textOf(body);
  expect(text).toContain("94.7 % of the events that are decided are linked. 18 more wait for web data");
  expect(text).toContain(
    "Of 150 events from 2026-11-25 to 2026-11-26, 125 are linked, 18 wait, 7 are unlinked.",
  );
  expect(String(body)).toContain('fill="url(#hatch-wait)"');
  // A day, an event, a list of names.
  expect(text).toContain("2026-11-26 50 30 18 2");
  expect(text).toContain("deal 150 125 94.7 % 18 7 4 1000.25 of 1250.5");
  expect(text).toContain("lead,booking 50 30 93.8 % 18 2 4 1000.25 of 1250.5");
  const all = textOf((await get("/imports/crm/links?first=2026-09-01&last=2026-11-26")).body);
  expect(all).toContain("Of 157 events from 2026-10-01 to 2026-11-26");
});

test("each reason has its count, an example and what to do; web events without an id are said", async () => {
  const { get } = await open();
  const { body } = await get("/imports/crm/links");
  const text = textOf(body);
  expect(text).toContain(
    "The id is nearly equal id_near 3 AB-12 of 2026-11-26: Found ab-12; yours is AB-12.",
  );
  expect(text).toContain("No web event has this id id_unknown 4");
  expect(text).toContain("38.0 % of lead web events carry no transaction_id.");
  expect(String(body)).toContain("reason=id_near");
});

test("the events of a reason stand beside their web events, and are left by a click", async () => {
  const { get } = await open();
  const near = textOf((await get("/imports/crm/links?reason=id_near")).body);
  expect(near).toContain("2026-11-26 deal lead AB-12 10 none unknown unknown unknown ab-12");
  const linked = textOf((await get("/imports/crm/links?state=linked")).body);
  expect(linked).toContain("2026-11-26 deal lead 7 0 lead w-7 2026-11-20T08:00:00.000Z 6 2 none");
  const none = await get("/imports/crm/links?reason=too_old");
  expect(textOf(none.body)).toContain("No event of these days is too_old.");
  expect(String(none.body)).toMatch(
    /href="\/imports\/crm\/links\?first=2026-11-14&amp;last=2026-11-27">Clear filters</,
  );
});

test("single events and examples are for those who may see payloads, and so is the download", async () => {
  const { get, who } = await open();
  const { body: csv } = await get("/imports/crm/links/unlinked");
  let lines = "";
  for await (const chunk of csv as AsyncIterable<string>) lines += chunk;
  expect(lines).toContain("AB-12");
  expect(lines).not.toContain("w-7");
  who.one = someone("admin", false);
  for (const path of ["/imports/crm/links", "/imports/crm/links?reason=id_near"]) {
    const { body } = await get(path);
    expect([path, /AB-12|ab-12|unlinked\?/.test(String(body))]).toEqual([path, false]);
  }
  expect((await get("/imports/crm/links/unlinked")).status).toBe(403);
});

test("linking again is offered where the import keeps its web events, and to editors", async () => {
  const { get, ports, ask, who } = await open();
  const offered = async () =>
    /<form method="post" action="\/imports\/crm\/links">/.test(
      String((await get("/imports/crm/links")).body),
    );
  expect(await offered()).toBe(false);
  const stored = (await ports.documents.read("imports", "crm"))!;
  const web_events = {
    table: "site.none",
    ev: "name",
    transaction_id: "id",
    time: "at",
    web_event_id: ["id"],
  };
  const document = { ...(stored.document as object), web_events };
  await ports.documents.commit([{ kind: "imports", id: "crm", document }]);
  expect(await offered()).toBe(true);
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const press = () =>
    ask({ method: "POST", path: "/imports/crm/links", headers, body: "first=2026-11-25&last=2026-11-26" });
  // The dataset of the web events is not there: it is said, and nothing else is done.
  const { status, body } = await press();
  expect([status, textOf(body)]).toEqual([expect.any(Number), expect.stringContaining("site")]);
  expect(status).toBeGreaterThanOrEqual(400);
  who.one = someone("viewer");
  expect(await offered()).toBe(false);
  expect((await press()).status).toBe(403);
});
