import { afterAll, expect, test } from "@jest/globals";
import { listRejectedItems } from "../../../functions/import/hits/rejected.ts";
import { createTakeHit, type TakePorts, withImports } from "../../../functions/import/hits/take.ts";
import { linkDue } from "../../../functions/import/links/automatic/due.ts";
import { beginAsk } from "../../../functions/import/links/automatic/runs.ts";
import { addImport } from "../../../functions/import/registered/imports.ts";
import type { Hit } from "../../../functions/hit.ts";
import { thisMachine } from "../../../functions/people/who.ts";
import { warehouseDown } from "../../../functions/problems.ts";
import { createStreamCache } from "../../../functions/streams/cache.ts";
import { memoryDocuments } from "../../support/doubles/memory-documents.ts";
import { memoryRegistry } from "../../support/doubles/memory-registry.ts";
import { openLocalGround } from "../links/local-ground.ts";

/** Hits become backend events: one warehouse, an import a test. */

const ground = await openLocalGround();
const { warehouse } = ground.ports;
afterAll(async () => ground[Symbol.asyncDispose]());

const stream_id = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";
const receivedAt = Date.parse("2026-11-21T08:00:00Z");
let hits = 0;
const hit = (body: string, more: Partial<Hit> = {}): Hit => ({
  hit_id: `00000000-0000-4000-8000-${String(++hits).padStart(12, "0")}`,
  stream_id,
  received_at: receivedAt,
  date: "2026-11-21",
  body: Buffer.from(body),
  for_import: true,
  ...more,
});

async function open(name: string, document: Record<string, unknown> = {}) {
  const documents = memoryDocuments();
  const registry = memoryRegistry();
  const clock = { ms: receivedAt };
  const said: unknown[] = [];
  const log = (...line: unknown[]) => void said.push(line);
  const datasets = { defaultDataset: "main", productDataset: "afterclick" };
  const streams = createStreamCache(registry, { ...datasets, elapsed: () => clock.ms, log });
  const backend_events = {
    import: name,
    ev: "=deal",
    reference_ev: "=lead",
    reference_id: "id",
    value: "total",
  };
  await registry.write(stream_id, { table: "shop.orders", offset: "UTC", backend_events, ...document }, null);
  const ports: TakePorts = {
    streams,
    documents,
    warehouse,
    productDataset: "afterclick",
    asksForLinks: true,
    now: () => clock.ms,
    elapsed: () => clock.ms,
    log,
  };
  await addImport(ports, thisMachine, { name, zone: "Europe/Amsterdam" });
  return {
    ports,
    clock,
    said,
    documents,
    registry,
    take: createTakeHit(ports),
    async events() {
      const rows = await warehouse.select({
        from: { dataset: "afterclick", table: "backend_events_current" },
        columns: ["hit_id", "row_no", "source", "date", "ev", "reference_id", "value", "file_id"],
        where: [{ column: "import_id", is: "=", value: name }],
        orderBy: [{ column: "reference_id" }],
        limit: 100,
      });
      return rows.map((row) => Object.values(row));
    },
    asks: async () =>
      (await documents.list("link_asks", { limit: 9 })).map(({ document }) => document) as object[],
  };
}

test("a hit is events once, however often it comes, and a test is none", async () => {
  const { take, events } = await open("once");
  const one = hit("id=A&total=10.50");
  for (let times = 0; times < 3; times += 1) expect(await take(one)).toBe("ack");
  const two = hit('[{"id":"B"},{"id":"C","total":2}]');
  expect(await take(two)).toBe("ack");
  expect(await take(hit("id=T", { is_test: true }))).toBe("ack");
  const usual = ["webhook", "2026-11-21", "deal"];
  expect(await events()).toEqual([
    [one.hit_id, 1, ...usual, "A", "10.5", null],
    [two.hit_id, 1, ...usual, "B", null, null],
    [two.hit_id, 2, ...usual, "C", "2", null],
  ]);
});

test("an item that is no event is listed with its hit, once, and what to do", async () => {
  const { take, events, ports } = await open("rejected");
  const one = hit('[{"id":"A"},{"id":"","total":"€ 5"}]');
  for (let times = 0; times < 2; times += 1) await take(one);
  const broken = hit("<broken");
  await take(broken);
  const list = await listRejectedItems(ports, "rejected", { limit: 10 });
  expect(list.toSorted((a, b) => (a.hit_id < b.hit_id ? -1 : 1))).toEqual([
    {
      hit_id: one.hit_id,
      row: 2,
      found_at: receivedAt,
      codes: ["ref_id_missing", "value_currency"],
      says: expect.stringContaining("reference_id: reference_id is empty."),
      raw: '{"id":"","total":"€ 5"}',
    },
    expect.objectContaining({ hit_id: broken.hit_id, row: 1, codes: ["hit_unreadable"] }),
  ]);
  expect(await events()).toHaveLength(1);
  await expect(listRejectedItems(ports, "unknown", { limit: 1 })).rejects.toMatchObject({
    code: "import_unknown",
  });
});

test("a warehouse that is away has the hit come again; a stream that makes no events has it done with", async () => {
  const { ports, events, registry, clock, said } = await open("away");
  let isAway = true;
  const append: typeof warehouse.append = (...args) =>
    isAway ? Promise.reject(warehouseDown({ why: "away" })) : warehouse.append(...args);
  const take = createTakeHit({ ...ports, warehouse: { ...warehouse, append } });
  const one = hit("id=A");
  expect([await take(one), await events()]).toEqual(["later", []]);
  isAway = false;
  expect([await take(one), (await events()).length]).toEqual(["ack", 1]);
  expect(said).toEqual([["WARNING", expect.any(String), expect.objectContaining({ hit_id: one.hit_id })]]);
  expect(await take(hit("id=B", { stream_id: "00000000-0000-4000-8000-00000000000a" }))).toBe("ack");
  const stored = (await registry.list()).find(({ id }) => id === stream_id);
  await registry.write(stream_id, { table: "shop.orders", offset: "nowhere" }, stored!.version);
  clock.ms += 10 * 60_000;
  expect([await take(hit("id=C")), (await events()).length]).toEqual(["later", 1]);
});

test("events of an import that nobody added yet are kept, by usual settings", async () => {
  const { take, documents, events } = await open("added");
  await documents.commit([{ kind: "imports", id: "added", document: null }]);
  expect([await take(hit("id=A")), (await events()).length]).toEqual(["ack", 1]);
});

test("links are asked for once a while, and anew once they are begun", async () => {
  const { take, documents, clock, asks, ports } = await open("links");
  await take(hit("id=A"));
  await take(hit("id=B"));
  expect(await asks()).toEqual([{ asked_at: receivedAt + 60_000 }]);
  expect(documents.commits).toBe(2); // the import and the ask
  const due: Parameters<typeof linkDue>[0] = { ...ports, defaultDataset: "main" };
  expect(await linkDue(due, { askedBefore: receivedAt + 59_999 })).toBe(false);
  expect((await asks()).length).toBe(1);
  clock.ms += 60_000;
  const [ask] = await documents.list("link_asks", { limit: 1 });
  const begun = await beginAsk(ports, ask!);
  expect(begun?.document).toEqual({ asked_at: receivedAt + 60_000, begun: true });
  expect(await beginAsk(ports, ask!)).toBeUndefined();
  await take(hit("id=C"));
  expect(await asks()).toEqual([{ asked_at: clock.ms + 60_000 }]);
});

test("hits for backend events go there, all others to deliver; what is given up on is tried once more", async () => {
  const went: string[] = [];
  const door = (name: string) => async () => {
    went.push(name);
    return "ack" as const;
  };
  let taken: "ack" | "later" = "ack";
  const both = withImports({ deliver: door("deliver"), park: door("park") }, async () => {
    went.push("take");
    return taken;
  });
  const plain = hit("id=A");
  const { for_import: _for, ...first } = plain;
  for (const one of [plain, first, { ...plain, altered: true as const }]) await both.deliver(one);
  expect(went.splice(0)).toEqual(["take", "deliver", "deliver"]);
  await both.park(plain);
  taken = "later";
  await both.park(plain);
  await both.park(first);
  expect(went).toEqual(["take", "take", "park", "park"]);
});

test.each(["\\\\u0000", "\\ud800", "\\u0000", "\\\\ud800"])(
  "an item whose id is written %s is told, and comes to its end",
  async (text) => {
    const { take, ports, said } = await open(`odd-${hits}`);
    expect(await take(hit(`[{"id":"fine"},{"id":"a","total":"${text}"}]`))).toBe("ack");
    expect(said).toEqual([]);
    const items = await listRejectedItems(ports, `odd-${hits - 1}`, { limit: 9 });
    expect(items).toMatchObject([{ row: 2 }]);
  },
);
