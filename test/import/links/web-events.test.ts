import { expect, test } from "@jest/globals";
import { linkEvents } from "../../../functions/import/links/link.ts";
import { linkReport } from "../../../functions/import/links/report.ts";
import { readWebEvents } from "../../../functions/import/links/refresh.ts";
import { webEventsOf } from "../../../functions/import/links/mapping.ts";
import type { WebEvents } from "../../../functions/import/links/web-events.ts";
import { columns, row, spec } from "../../promises/warehouse/setup.ts";
import { openLocalGround } from "./local-ground.ts";
import { type BackendEvent, type Ground, settings } from "./setup.ts";

const deadlineMs = 60_000;
const named = { defaultDataset: "main", productDataset: "afterclick" };

const event = (event_id: string, date: string, reference_id: string, names = ["lead"]): BackendEvent => ({
  event_id,
  date,
  ev: "deal",
  reference_ev: names,
  reference_id,
});

const linking = (source: string) => ({ importId: "crm", source, settings, which: "due" }) as const;

async function linked(ground: Ground, ...more: string[]) {
  const rows = [...(await ground.links(["web_event_id", ...more])).values()];
  return rows
    .map((row) => [row["event_id"], row["web_event_id"], ...more.map((name) => row[name])])
    .toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
}

test("hits of a stream are web events: by the path of their id, each once, and no tests", async () => {
  await using ground = await openLocalGround();
  const { warehouse } = ground.ports;
  const dataset = "afterclick_hits";
  const table = { dataset, table: "orders" };
  await warehouse.createDataset(table);
  const unique = { dataset, table: "orders_unique" };
  await warehouse.createTable(table, spec);
  await warehouse.putView(unique, { kind: "unique", of: table });
  const hit = (hit_id: string, id: unknown, more = {}) =>
    row({
      hit_id,
      received_at: Date.parse("2026-11-19T09:00:00.123Z"),
      date: "2026-11-19",
      fields: JSON.stringify({ order: { id }, kind: "lead" }),
      is_test: false,
      ...more,
    });
  await warehouse.append(
    table,
    columns,
    [hit("h1", "A 1"), hit("h1", "A 1"), hit("h2", 17), hit("h3", "B", { is_test: true }), hit("h4", null)],
    { deadlineMs },
  );
  await ground.addEvents([
    event("a", "2026-11-20", "A 1"),
    event("b", "2026-11-20", "17"),
    event("c", "2026-11-19", "B"),
  ]);
  for (const ev of ["fields:$.kind", "=lead"]) {
    const web = webEventsOf(named, {
      preset: "stream",
      table: "afterclick_hits.orders_unique",
      source: "orders",
      ev,
      transaction_id: "fields:$.order.id",
    });
    await readWebEvents(ground.ports, web);
    await linkEvents(ground.ports, linking("orders"));
    expect(await linked(ground, "candidate_count", "web_event_time")).toEqual([
      ["a", "h1", 1, 1_795_078_800_123_000],
      ["b", "h2", 1, 1_795_078_800_123_000],
      ["c", null, 0, null],
    ]);
  }
});

test("the export of Google Analytics is read from its tables of days, a day anew where it came again", async () => {
  await using ground = await openLocalGround();
  const { warehouse } = ground.ports;
  const dataset = "analytics_1";
  await warehouse.createDataset({ dataset, table: "any" });
  const at = (iso: string) => Date.parse(iso) * 1000;
  const put = async (day: string, events: [name: string, id: string | null, micros: number][]) => {
    const table = { dataset, table: `events_${day}` };
    const name = warehouse.sql.table(table);
    if ((await warehouse.describe(table)) === undefined) {
      await warehouse.createTable(table, { ...spec, columns: [columns[3]!], clusterBy: [] });
      await warehouse.write(
        [
          "event_name VARCHAR",
          "user_pseudo_id VARCHAR",
          "event_timestamp BIGINT",
          "event_bundle_sequence_id BIGINT",
          "batch_event_index BIGINT",
          "ecommerce STRUCT(transaction_id VARCHAR)",
        ].map((column) => `ALTER TABLE ${name} ADD COLUMN ${column}`),
        { deadlineMs },
      );
    }
    const values = events.map(
      ([ev, id, micros], index) =>
        `(DATE '2026-11-01', '${ev}', 'user', ${micros}, 7, ${index}, {'transaction_id': ${id === null ? "NULL" : `'${id}'`}})`,
    );
    await warehouse.write([`DELETE FROM ${name}`, `INSERT INTO ${name} VALUES ${values.join(", ")}`], {
      deadlineMs,
    });
  };
  const web = webEventsOf(named, {
    preset: "ga4",
    table: "analytics_1.events_",
    source: "ga",
    zone: "Europe/Amsterdam",
  });
  // The day of the property: 23:30 UTC is the next one there.
  const early = at("2026-11-17T23:30:00Z");
  await put("20261118", [
    ["lead", "A", early],
    ["page_view", null, early + 5],
  ]);
  await put("20261119", [["lead", "B", at("2026-11-19T10:00:00Z")]]);
  await ground.addEvents([
    event("a", "2026-11-18", "A"),
    event("b", "2026-11-19", "B"),
    event("c", "2026-11-19", "C"),
  ]);
  expect(await readWebEvents(ground.ports, web)).toMatchObject({ last: "2026-11-21" });
  await linkEvents(ground.ports, linking("ga"));
  expect(await linked(ground)).toEqual([
    ["a", `user.${early}.lead.7.0`],
    ["b", `user.${at("2026-11-19T10:00:00Z")}.lead.7.0`],
    ["c", null],
  ]);

  await put("20261118", [
    ["lead", "A", early],
    ["lead", "C", early + 9],
  ]);
  expect(await readWebEvents(ground.ports, web)).toEqual({ first: "2026-11-16", last: "2026-11-21" });
  expect(await linkEvents(ground.ports, linking("ga"))).toEqual({ changed: 1, linked: 1, moved: 0 });
});

/** The last instant of a day on which the clocks are changed, in UTC. */
const changeDays: [zone: string, date: string, last: string][] = [
  ["Europe/Amsterdam", "2026-03-29", "2026-03-29T21:59:59.999999Z"],
  ["Europe/Amsterdam", "2026-10-25", "2026-10-25T22:59:59.999999Z"],
  ["America/New_York", "2026-03-08", "2026-03-09T03:59:59.999999Z"],
  ["America/New_York", "2026-11-01", "2026-11-02T04:59:59.999999Z"],
  ["Australia/Lord_Howe", "2026-04-05", "2026-04-05T13:29:59.999999Z"],
  ["Australia/Lord_Howe", "2026-10-04", "2026-10-04T12:59:59.999999Z"],
];

test("a day ends where its clocks say, also on the days on which they are changed", async () => {
  await using ground = await openLocalGround();
  await ground.addWeb(
    changeDays.flatMap(([, , last], index) => {
      const next = new Date(Date.parse(`${last.slice(0, 19)}Z`) + 1_000).toISOString();
      const web = (id: string, event_time: string) => ({
        web_event_id: id,
        ev: "lead",
        transaction_id: `T${index}`,
        event_time,
      });
      return [web(`last ${index}`, last), web(`next ${index}`, next)];
    }),
  );
  await readWebEvents(ground.ports, ground.web);
  for (const [index, [zone, date]] of changeDays.entries()) {
    const importId = `import ${index}`;
    await ground.addEvents([{ ...event(`e ${index}`, date, `T${index}`) }], importId);
    await linkEvents(ground.ports, {
      importId,
      source: "site",
      which: "due",
      settings: { ...settings, zone },
    });
    const shown = await ground.links(["web_event_id", "rule", "days_between", "candidate_count"], importId);
    expect([zone, ...shown.values()]).toEqual([
      zone,
      {
        event_id: `e ${index}`,
        web_event_id: `last ${index}`,
        rule: "latest",
        days_between: 0,
        candidate_count: 2,
      },
    ]);
  }
});

const share = (name: string, events: number, linked: number, more = {}) => ({
  name,
  events,
  linked,
  waiting: events - linked,
  unlinked: 0,
  several: 0,
  value: "0",
  linked_value: "0",
  ...more,
});

test("the report says which share is linked, why the others are not, and what was probably meant", async () => {
  await using ground = await openLocalGround();
  const web = (web_event_id: string, ev: string, transaction_id: string, day: string) => ({
    web_event_id,
    ev,
    transaction_id,
    event_time: `${day}T10:00:00Z`,
  });
  await ground.addWeb([
    web("w1", "lead_form", "A", "2026-11-10"),
    web("w0", "lead_form", "A", "2026-11-09"),
    web("w2", "lead_form", "", "2026-11-10"),
    web("w3", "lead_form", "ab-12", "2026-11-19"),
    web("w4", "booking", "12234", "2026-11-10"),
    web("w5", "lead_form", "old", "2025-09-10"),
  ]);
  await ground.addEvents([
    { ...event("1", "2026-11-18", "A", ["lead_form"]), value: "0.1" },
    { ...event("8", "2026-11-18", "A", ["lead_form"]), value: "-0.3" },
    { ...event("9", "2026-11-19", "x", ["lead_form", "booking"]), value: "1234567890123.000000001" },
    event("2", "2026-11-18", "AB-12 .0", ["lead_form"]),
    event("3", "2026-11-18", "12234", ["lead_form"]),
    event("4", "2026-11-19", "A", ["lead_from"]),
    event("5", "2026-11-19", "old", ["lead_form"]),
    event("6", "2026-11-20", "x", ["lead_form", "booking"]),
    event("7", "2026-11-17", "x", ["lead_form", "booking"]),
  ]);
  await readWebEvents(ground.ports, ground.web, { first: "2025-01-01" });
  await linkEvents(ground.ports, linking("site"));
  const days = { first: "2026-11-01", last: "2026-11-30" };
  const report = await linkReport(ground.ports, { importId: "crm", source: "site", ...days });
  expect({
    ...report,
    reasons: report.reasons.map(({ reason, examples }) => [reason, examples[0]!.says]),
  }).toEqual({
    events: 9,
    linked: 2,
    waiting: 7,
    unlinked: 0,
    several: 2,
    value: "1234567890122.800000001",
    linked_value: "-0.2",
    by_date: [
      share("2026-11-20", 1, 0),
      share("2026-11-19", 3, 0, { value: "1234567890123.000000001" }),
      share("2026-11-18", 4, 2, { several: 2, value: "-0.2", linked_value: "-0.2" }),
      share("2026-11-17", 1, 0),
    ],
    by_ev: [share("deal", 9, 2, { several: 2, value: "1234567890122.800000001", linked_value: "-0.2" })],
    by_reference_ev: expect.arrayContaining([
      share("lead_form", 5, 2, { several: 2, value: "-0.2", linked_value: "-0.2" }),
      share("lead_from", 1, 0),
      share("lead_form,booking", 3, 0, { value: "1234567890123.000000001" }),
    ]),
    days_between: [{ days: 8, events: 2 }],
    reasons: [
      ["web_data_pending", "Waiting for the web data of 2026-11-20."],
      ["event_name_unknown", "No web event is called lead_from. Did you mean lead_form?"],
      ["too_old", "The web event is 435 days older."],
      ["id_other_event", "12234 is there as booking, which is not in the list."],
      ["id_near", "Found ab-12; yours is AB-12 .0. They must be equal."],
      ["id_unknown", "No web event has this id."],
    ],
    web_events: [
      { ev: "booking", events: 1, without_id: 0 },
      { ev: "lead_form", events: 5, without_id: 1 },
    ],
  });
});

test("a mapping that does not fit its table changes nothing, and the warehouse's words say why", async () => {
  await using ground = await openLocalGround();
  await ground.addWeb([
    { web_event_id: "w1", ev: "lead", transaction_id: "A", event_time: "2026-11-19T10:00:00Z" },
  ]);
  await ground.addEvents([event("a", "2026-11-19", "A")]);
  await readWebEvents(ground.ports, ground.web);
  const wrong: WebEvents = { ...ground.web, transaction_id: { column: "order'; DROP TABLE x; --" } };
  await expect(readWebEvents(ground.ports, wrong)).rejects.toThrow(/order'; DROP TABLE x; --/);
  expect(await linkEvents(ground.ports, linking("site"))).toMatchObject({ linked: 1 });
});
