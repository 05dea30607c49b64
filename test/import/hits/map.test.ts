import { createHash } from "node:crypto";
import { expect, test } from "@jest/globals";
import { eventsOfHit, itemsMax, type MappedHit, type Mapping } from "../../../functions/import/hits/map.ts";
import { type ImportSettings, usualSettings } from "../../../functions/import/settings.ts";
import { streamRef } from "../../../functions/stream-ref.ts";
import {
  type BackendEventsMapping,
  isCell,
  mappingProblems,
} from "../../../functions/streams/records/backend-events.ts";

const now = Date.parse("2026-11-21T08:00:00Z");
const usual: ImportSettings = { ...usualSettings, zone: "Europe/Amsterdam" };
const hit: MappedHit = {
  stream_id: "522ed95e-9f07-45f6-a0b7-28bf2d0315e5",
  hit_id: "00000000-0000-4000-8000-000000000001",
  body: null,
  headers: null,
  date: "2026-11-21",
};
const deal = {
  import: "crm",
  ev: "=deal",
  reference_ev: "=lead,call",
  reference_id: "order.id",
  value: "total",
};

function read(
  body: unknown,
  more: Partial<Mapping & MappedHit & { settings: Partial<ImportSettings> }> = {},
) {
  const { settings, backend_events = deal, items, offset = "+02:00", ...given } = more;
  return eventsOfHit(
    { ...hit, body, ...given },
    { backend_events, items, offset },
    { ...usual, ...settings },
    now,
  );
}
const cells = (found: ReturnType<typeof read>) =>
  found.events.map(({ row, date, ev, reference_ev, reference_id, value }) => [
    row,
    date,
    ev,
    reference_ev.join(),
    reference_id,
    value,
  ]);
const faults = (found: ReturnType<typeof read>) =>
  found.rejects.map(({ row, faults }) => [row, ...faults.map(({ code }) => code)]);

test("an object is one event: by paths and constants, on the day on which it came", () => {
  const found = read({ order: { id: "007" }, total: 120.5 });
  expect(cells(found)).toEqual([[1, "2026-11-21", "deal", "lead,call", "007", "120.5"]]);
  const id = createHash("sha256").update(JSON.stringify([streamRef(hit.stream_id), hit.hit_id, 0]));
  expect(found.events[0]!.event_id).toBe(id.digest("hex"));
});

test("a list is a batch, and so is what the stream's items name; the same hit again is the same events", () => {
  const one = (id: string) => ({ order: { id } });
  const list = read([one("a"), one("a"), one("b")]);
  expect(cells(list).map(([row, , , , id]) => [row, id])).toEqual([
    [1, "a"],
    [2, "a"],
    [3, "b"],
  ]);
  const named = read({ orders: [one("a"), one("a"), one("b")] }, { items: "orders" });
  expect(named.events).toEqual(list.events);
  expect(new Set(list.events.map(({ event_id }) => event_id)).size).toBe(3);
  const other = read([one("a")], { hit_id: "00000000-0000-4000-8000-000000000002" });
  expect(other.events[0]!.event_id).not.toBe(list.events[0]!.event_id);
  expect(read({ order: {} }, { items: "orders" })).toEqual({ events: [], rejects: [], left: 0 });
});

test("the first rule that holds says what an event is, and what no rule holds for is none", () => {
  const backend_events: BackendEventsMapping = {
    import: "crm",
    reference_ev: "=purchase",
    reference_id: "orderId",
    rules: [
      { when: { status: ["delivered", "done"], "header:x-shop": "nl" }, ev: "=delivered", value: "total" },
      { when: { status: "refunded" }, ev: "=refund", value: "refund", reference_ev: "origin" },
    ],
  };
  const headers = { "x-shop": "nl" };
  const found = read(
    [
      { status: "done", orderId: 1, total: 3 },
      { status: "refunded", orderId: "2", refund: "-1.25", origin: "renewal" },
      { status: "new", orderId: "3" },
    ],
    { backend_events, headers },
  );
  expect(cells(found)).toEqual([
    [1, "2026-11-21", "delivered", "purchase", "1", "3"],
    [2, "2026-11-21", "refund", "renewal", "2", "-1.25"],
  ]);
  expect(found.left).toBe(1);
  expect(read({ status: "done", orderId: 1 }, { backend_events }).left).toBe(1);
});

test.each([
  ["2026-11-20", "2026-11-20"],
  ["2026-11-19T23:30:00Z", "2026-11-20"],
  ["2026-11-20 21:59:59", "2026-11-20"],
  [1_795_131_000, "2026-11-20"],
  [null, "2026-11-21"],
  ["", "2026-11-21"],
])("a time %j is the day %s at the stream's offset", (at, day) => {
  const found = read({ order: { id: "a" }, at }, { backend_events: { ...deal, date: "at" } });
  expect(found.events.map(({ date }) => date)).toEqual([day]);
});

test("what is wrong with an item is told in the codes of files, and its neighbours are events", () => {
  const backend_events = { ...deal, date: "at" };
  const found = read(
    [
      { order: { id: "a" }, at: "20.11.2026" },
      { order: {}, total: "12 %" },
      { order: { id: "12234.0" }, at: "2026-12-01" },
      { order: { id: "b" } },
    ],
    { backend_events },
  );
  expect(faults(found)).toEqual([
    [1, "date_format"],
    [2, "ref_id_missing", "value_percent"],
    [3, "date_in_future", "ref_id_damaged"],
  ]);
  expect(found.rejects[0]!.raw).toBe('{"order":{"id":"a"},"at":"20.11.2026"}');
  expect(cells(found).map(([row]) => row)).toEqual([4]);
  expect(faults(read("text"))).toEqual([[1, "ref_id_missing"]]);
  expect(faults(read(null))).toEqual([[1, "hit_unreadable"]]);
});

test("so many items at most, told once for the hit", () => {
  const list = (length: number) => Array.from({ length }, (_, id) => ({ order: { id } }));
  expect(read(list(itemsMax)).events).toHaveLength(500);
  expect(faults(read(list(itemsMax + 1)))).toEqual([[1, "hit_too_many_items"]]);
});

test("numbers of JSON have a dot, texts are as the import says", () => {
  const settings = { number_format: "comma" } as const;
  const values = (...totals: unknown[]) =>
    read(
      totals.map((total) => ({ order: { id: "a" }, total })),
      { settings },
    ).events.map(({ value }) => value);
  expect(values(1234.5, "1.234,50", 1e-7)).toEqual(["1234.5", "1234.5", "0.0000001"]);
});

test("a day that has come where the stream is, is not in the future elsewhere", () => {
  const found = read({ order: { id: "a" } }, { date: "2026-11-22", settings: { zone: "-11:00" } });
  expect(found.events).toHaveLength(1);
});

test("a mapping says for each rule where all that an event needs is", () => {
  expect(mappingProblems(deal)).toEqual([]);
  expect(mappingProblems({ import: "crm", ev: "=x" })).toEqual([
    expect.stringContaining("backend_events does not say where reference_ev, reference_id are"),
  ]);
  const rules = [
    { when: { a: "b" }, ev: "=x", reference_ev: "=y" },
    { when: { a: "c" }, ...deal, import: undefined },
  ];
  expect(mappingProblems({ import: "crm", rules })).toEqual([
    expect.stringContaining("rule 1 of backend_events does not say where reference_id is"),
  ]);
  expect(["=a", "a.b", "header:x-a", "^.a", "=", "a..b", "a.*"].map(isCell)).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});
