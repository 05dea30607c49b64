import { expect, test } from "@jest/globals";
import { eventRow, letterRow } from "../../../functions/letters/letter.ts";
import { tableName } from "../../../functions/table.ts";
import { memoryWarehouse } from "../../support/doubles/memory-warehouse.ts";
import { openPanel } from "../setup.ts";

/** How many dead letters wait: beside Streams, on every page. */

const stream = "11111111-1111-4111-8111-111111111111";
const deadlineMs = 1_000;
const begun = Date.UTC(2026, 10, 27, 13, 5, 31);
const idOf = (number: number) => `aaaaaaaa-0000-4000-8000-${String(number).padStart(12, "0")}`;

async function open(waiting: number) {
  const warehouse = memoryWarehouse();
  const clock = { now: begun };
  const panel = await openPanel({ warehouse, now: () => clock.now });
  panel.registry.put(stream, { table: "shop.orders", offset: "UTC" });
  for (const dataset of ["shop", "afterclick"]) await warehouse.createDataset({ dataset, table: "" });
  const why = { reason: "schema_differs", detail: "Fix it.", at: begun - 1 } as const;
  const letters = Array.from({ length: waiting }, (_, number) =>
    letterRow(
      { hit_id: idOf(number), stream_id: stream, received_at: 1, date: "2026-11-27", body: Uint8Array.of(1) },
      why,
    ),
  );
  await panel.ports.letters.append("letters", letters, { deadlineMs });
  const counts: string[] = [];
  const select = warehouse.select.bind(warehouse);
  const answer = { with: select };
  warehouse.select = (selection) => {
    // Of all dead letters the count alone asks for nothing but their ids.
    if (selection.columns?.join() !== "hit_id") return select(selection);
    counts.push(tableName(selection.from));
    return answer.with(selection);
  };
  const entry = async (path: string, headers: Record<string, string> = {}) => {
    const { body } = await panel.get(path, headers);
    return /<a class="count bad"[^>]*>.*?<\/a>/.exec(String(body))?.[0];
  };
  return { ...panel, clock, counts, answer, entry };
}

const shown = (text: string, at: string) =>
  `<a class="count bad" href="/streams?state=attention" title="as of ${at} UTC">${text}</a>`;
const two = `2<span class="vh"> dead letters wait</span>`;
const one = `1<span class="vh"> dead letter waits</span>`;

test("stands on every page, with its time, and is counted once in a minute", async () => {
  const { entry, get, counts, clock, ports } = await open(2);
  for (const path of ["/streams", "/streams/new", "/find", "/tables", "/query", "/settings/you", "/parts"])
    expect([path, await entry(path)]).toEqual([path, shown(two, "13:05:31")]);
  for (const path of [`/streams/${stream}`, `/streams/${stream}/problems`, "/nowhere"])
    expect([path, await entry(path)]).toEqual([path, shown(two, "13:05:31")]);
  expect(counts).toEqual(["afterclick.dead_letter_states"]);
  // It leads to the streams that they are of.
  expect((await get("/streams?state=attention")).body).toContain("shop.orders");

  const event = { hit_id: idOf(0), attempt: 1, event: "delivered", at: clock.now } as const;
  await ports.letters.append("events", [eventRow(event)], { deadlineMs });
  clock.now += 59_999;
  expect(await entry("/find")).toBe(shown(two, "13:05:31"));
  clock.now += 1;
  expect(await entry("/find")).toBe(shown(one, "13:06:31"));
  expect(counts).toHaveLength(2);
});

test("a page that reads what waits says the same in its frame, and so do the next ones", async () => {
  const { entry, get, ports, clock, counts } = await open(2);
  expect(await entry("/find")).toBe(shown(two, "13:05:31"));
  const event = { hit_id: idOf(0), attempt: 1, event: "delivered", at: clock.now } as const;
  await ports.letters.append("events", [eventRow(event)], { deadlineMs });
  clock.now += 1_000;
  expect(await entry("/find")).toBe(shown(two, "13:05:31"));
  expect((await get("/streams")).body).toContain("1 of 1 stream needs attention");
  expect(await entry("/streams")).toBe(shown(one, "13:05:32"));
  expect(await entry("/find")).toBe(shown(one, "13:05:32"));
  expect(counts).toHaveLength(1);
});

test("says nothing where none waits, and where it is not known", async () => {
  const { entry, answer, clock, counts } = await open(0);
  expect(await entry("/find")).toBeUndefined();
  answer.with = () => Promise.reject(new Error("not here"));
  clock.now += 60_000;
  expect(await entry("/find")).toBeUndefined();
  expect(await entry("/settings/you")).toBeUndefined();
  expect(counts).toHaveLength(2);
});

test("holds up no page: the former number is shown with its time, and forgotten after minutes", async () => {
  const { entry, answer, clock } = await open(2);
  await entry("/find");
  answer.with = () => new Promise(() => undefined);
  clock.now += 60_000;
  expect(await entry("/find")).toBe(shown(two, "13:05:31"));
  clock.now += 239_999;
  expect(await entry("/find")).toBe(shown(two, "13:05:31"));
  clock.now += 1;
  expect(await entry("/find")).toBeUndefined();
});

test("nobody asks for it but a page, and nobody is told who may not come in", async () => {
  const { get, entry, ports, counts } = await open(2);
  await get(`/snippets/bash?id=${stream}`, { accept: "*/*" });
  ports.personOf = () => Promise.reject(new Error("a stranger"));
  expect(await entry("/streams")).toBeUndefined();
  expect(counts).toEqual([]);
});
