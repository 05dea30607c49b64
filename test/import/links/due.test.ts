import { afterAll, expect, test } from "@jest/globals";
import { linkDue, type DuePorts } from "../../../functions/import/links/automatic/due.ts";
import { askOf, lastRun } from "../../../functions/import/links/automatic/runs.ts";
import { addImport, changeImport } from "../../../functions/import/registered/imports.ts";
import { thisMachine } from "../../../functions/people/who.ts";
import { warehouseDown } from "../../../functions/problems.ts";
import { memoryDocuments } from "../../support/doubles/memory-documents.ts";
import { openLocalGround } from "./local-ground.ts";
import { type BackendEvent, morning } from "./setup.ts";

/** Links that are made by themselves: one warehouse, an import a test. */

const ground = await openLocalGround();
const { warehouse } = ground.ports;
await warehouse.createDataset({ dataset: "web", table: "any" });
await warehouse.putView(
  { dataset: "web", table: "events" },
  { kind: "written", sql: `SELECT * FROM ${warehouse.sql.table(ground.web.table)}`, about: "as it is" },
);
afterAll(async () => ground[Symbol.asyncDispose]());

const webEvents = {
  table: "web.events",
  ev: "ev",
  transaction_id: "transaction_id",
  time: "event_time",
  web_event_id: ["web_event_id"],
};
const hourMs = 3_600_000;

async function open(name: string) {
  const documents = memoryDocuments();
  const clock = { ms: morning };
  const said: unknown[] = [];
  const ports: DuePorts = {
    documents,
    warehouse,
    productDataset: "afterclick",
    defaultDataset: "main",
    now: () => clock.ms,
    log: (...line) => said.push(line),
  };
  await addImport(ports, thisMachine, { name, zone: "Europe/Amsterdam" });
  const event = (id: string): BackendEvent => ({
    event_id: `${name} ${id}`,
    date: "2026-11-20",
    ev: "deal",
    reference_ev: ["lead"],
    reference_id: `${name}-${id}`,
  });
  return {
    ports,
    clock,
    said,
    documents,
    keep: (more = {}) =>
      changeImport(ports, thisMachine, name, { web_events: { ...webEvents, source: name, ...more } }),
    ask: () => documents.commit([askOf(name, clock.ms)]),
    asks: async () => (await documents.list("link_asks", { limit: 9 })).map(({ id }) => id),
    /** Until nothing is due. @returns how many times something was */
    async work(askedBefore = clock.ms) {
      for (let times = 0; ; times += 1) if (!(await linkDue(ports, { askedBefore }))) return times;
    },
    run: () => lastRun(ports, name),
    addEvents: (...ids: string[]) => ground.addEvents(ids.map(event), name),
    addWeb: (id: string) =>
      ground.addWeb([
        {
          web_event_id: `w ${name} ${id}`,
          ev: "lead",
          transaction_id: `${name}-${id}`,
          event_time: "2026-11-19T10:00:00Z",
        },
      ]),
    linked: async () =>
      [...(await ground.links(["state"], name)).values()].filter(({ state }) => state === "linked").length,
  };
}

test("once an import keeps its web events, its links are made by themselves, and once a night from then on", async () => {
  const one = await open("nightly");
  await one.addEvents("a", "b");
  await one.addWeb("a");
  await one.ask();
  expect([await one.work(), await one.asks(), await one.run()]).toEqual([0, [], undefined]);
  await one.keep();
  expect(await one.asks()).toEqual(["nightly"]);
  expect([await one.work(), await one.linked(), await one.asks()]).toEqual([1, 1, []]);
  expect(await one.run()).toEqual({
    ended_at: morning,
    source: "nightly",
    first: "2025-09-11",
    last: "2026-11-21",
    changed: 2,
    linked: 1,
    moved: 0,
  });
  // The web event of yesterday comes a day late; the night begins four hours after midnight.
  await one.addWeb("b");
  one.clock.ms = Date.parse("2026-11-22T02:59:59Z");
  expect(await one.work()).toBe(0);
  one.clock.ms = Date.parse("2026-11-22T03:00:00Z");
  expect([await one.work(), await one.linked()]).toEqual([1, 2]);
  one.clock.ms += 12 * hourMs;
  expect(await one.work()).toBe(0);
  expect(one.said).toEqual([]);
});

test("what is asked for is done soon, with what was asked for just now left for later where more may come", async () => {
  const one = await open("asked");
  await one.keep();
  await one.work();
  await one.addEvents("a");
  await one.addWeb("a");
  await one.ask();
  expect([await one.work(one.clock.ms - 1), await one.linked()]).toEqual([0, 0]);
  expect([await one.work(), await one.linked(), await one.asks()]).toEqual([1, 1, []]);
});

test("a clock that is set back holds up no links", async () => {
  const one = await open("clock");
  await one.keep();
  await one.addEvents("a");
  await one.addWeb("a");
  one.clock.ms -= 24 * hourMs;
  expect([await one.work(), await one.linked(), await one.asks()]).toEqual([1, 1, []]);
});

test("an ask that comes while the links are made stays", async () => {
  const one = await open("meanwhile");
  await one.keep();
  let asked = false;
  const during: DuePorts = {
    ...one.ports,
    warehouse: {
      ...warehouse,
      async write(...args) {
        if (!asked) await one.documents.commit([askOf("meanwhile", one.clock.ms + 1)]);
        asked = true;
        return warehouse.write(...args);
      },
    },
  };
  expect(await linkDue(during, { askedBefore: one.clock.ms })).toBe(true);
  expect([await one.asks(), await one.run()]).toEqual([
    ["meanwhile"],
    expect.objectContaining({ changed: 0 }),
  ]);
});

test("links that cannot be made are told and tried again in an hour, sooner where they are asked for anew", async () => {
  const one = await open("failing");
  await one.addEvents("a");
  await one.addWeb("a");
  await one.keep();
  const failing: DuePorts = {
    ...one.ports,
    warehouse: { ...warehouse, write: () => Promise.reject(new Error("out of order")) },
  };
  const tries = async (ports: DuePorts) => linkDue(ports, { askedBefore: one.clock.ms });
  expect([await tries(failing), await tries(failing)]).toEqual([true, false]);
  expect(await one.run()).toEqual({ ended_at: morning, code: "internal", detail: expect.any(String) });
  expect(one.said).toEqual([
    [
      "WARNING",
      "Events of an import could not be linked; it is tried again in an hour.",
      { event: "import_not_linked", import: "failing", code: "internal", detail: "Error: out of order" },
    ],
  ]);
  one.clock.ms += 1;
  await one.ask();
  expect(await tries(failing)).toBe(true);
  one.clock.ms += hourMs - 1;
  expect(await tries(failing)).toBe(false);
  one.clock.ms += 1;
  expect([await tries(one.ports), await one.linked(), await one.asks()]).toEqual([true, 1, []]);
});

test("why links cannot be made is told by the report alone: the log quotes no row", async () => {
  const one = await open("quoting");
  await one.addEvents("a");
  await one.addWeb("a");
  await one.keep();
  const why = "Could not convert string 'jane@example.com' to INT64";
  const failing: DuePorts = {
    ...one.ports,
    warehouse: { ...warehouse, write: () => Promise.reject(warehouseDown({ why })) },
  };
  expect(await linkDue(failing, { askedBefore: one.clock.ms })).toBe(true);
  expect(await one.run()).toMatchObject({ code: "warehouse_down", detail: expect.stringContaining(why) });
  expect(one.said).toHaveLength(1);
  expect(JSON.stringify(one.said)).not.toContain("jane");
});

test("a failure at the end of the process is no failure of the links", async () => {
  const one = await open("ending");
  await one.keep();
  const ending = new AbortController();
  const ports: DuePorts = {
    ...one.ports,
    ending: ending.signal,
    warehouse: {
      ...warehouse,
      write() {
        ending.abort();
        return Promise.reject(new Error("closed"));
      },
    },
  };
  await expect(linkDue(ports, { askedBefore: one.clock.ms })).rejects.toThrow("closed");
  expect([await one.run(), one.said, await one.asks()]).toEqual([undefined, [], ["ending"]]);
});
