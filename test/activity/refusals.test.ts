import { expect, test } from "@jest/globals";
import { readReasons } from "../../functions/activity/refused.ts";
import { createRefusals } from "../../functions/activity/refusals.ts";
import { createCollect } from "../../functions/collect/collect.ts";
import type { Hit } from "../../functions/hit.ts";
import { queueDown } from "../../functions/problems.ts";
import { readStream } from "../../functions/streams/stream.ts";
import { request } from "../support/request.ts";
import { until } from "../support/until.ts";

const active = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";
const paused = "622ed95e-9f07-45f6-a0b7-28bf2d0315e5";
const unreadable = "722ed95e-9f07-45f6-a0b7-28bf2d0315e5";
const receivedAt = Date.parse("2020-10-19T23:30:20Z");
const minute = Date.parse("2020-10-19T23:30:00Z");
const minuteMs = 60_000;

function setup() {
  const state = { ms: receivedAt, isDown: false };
  const messages: Hit[] = [];
  const events: Record<string, unknown>[] = [];
  const now = () => state.ms;
  const queue = {
    publish: async (hit: Hit) => {
      if (state.isDown) throw queueDown({ why: "away" });
      messages.push(hit);
    },
    check: async () => undefined,
    close: async () => undefined,
  };
  const log = (_severity: string, _message: string, fields: Record<string, unknown> = {}) =>
    void events.push(fields);
  const refusals = createRefusals({ queue, now, log });
  const documents: Record<string, unknown> = {
    [active]: { table: "shop.orders", offset: "+03:00" },
    [paused]: { table: "shop.orders", offset: "+03:00", state: "paused" },
    [unreadable]: { table: 7, state: "closed" },
  };
  const collect = createCollect({
    streams: {
      forget: () => undefined,
      get: (id) =>
        id in documents ? readStream(id, documents[id], { defaultDataset: "d" }) : { kind: "missing" },
    },
    queue,
    now,
    refusals,
  });
  const send = async (id: string, given: Parameters<typeof request>[0] = {}): Promise<unknown> => {
    try {
      return (await collect(request({ path: `/ds/${id}`, ...given }))).status;
    } catch (error) {
      return (error as { code?: string }).code;
    }
  };
  const counts = () =>
    messages
      .filter((hit) => hit.refused === true)
      .map((hit) => ({
        stream_id: hit.stream_id,
        minute: hit.received_at,
        date: hit.date,
        reasons: Object.fromEntries(readReasons(hit)),
      }));
  return { state, messages, events, refusals, send, counts };
}

test("refusals go as one message a stream and minute, with the first request after it", async () => {
  const { send, counts, state, messages } = setup();
  for (let n = 0; n < 5; n++) expect(await send(paused)).toBe("stream_paused");
  expect(await send(active, { method: "DELETE" })).toBe("method_not_allowed");
  expect(await send(active, { body: Buffer.alloc(9 * 1024 * 1024) })).toBe("too_large");
  expect(await send(unreadable)).toBe("stream_closed");
  expect(messages).toEqual([]);
  state.ms += minuteMs;
  expect(await send(active)).toBe(200);
  const date = "2020-10-20";
  expect(counts()).toEqual([
    { stream_id: paused, minute, date, reasons: { stream_paused: 5 } },
    { stream_id: active, minute, date, reasons: { method_not_allowed: 1, too_large: 1 } },
    { stream_id: unreadable, minute, date: undefined, reasons: { stream_closed: 1 } },
  ]);
});

test("who guesses addresses, or asks without a hit, is counted nowhere", async () => {
  const { send, counts, refusals } = setup();
  for (let n = 0; n < 100; n++)
    expect(await send(`00000000-0000-4000-8000-${String(n).padStart(12, "0")}`)).toBe("stream_not_found");
  expect(await send(active, { method: "OPTIONS" })).toBe(204);
  await refusals.write(1_000);
  expect(counts()).toEqual([]);
});

test("the end of the process sends what was counted since", async () => {
  const { send, counts, refusals } = setup();
  await send(paused);
  await refusals.write(1_000);
  expect(counts()).toMatchObject([{ stream_id: paused, reasons: { stream_paused: 1 } }]);
});

test("what cannot be sent goes with a later minute, and no answer waits for it or fails", async () => {
  const { send, counts, state, events } = setup();
  state.isDown = true;
  expect(await send(active)).toBe("queue_down");
  state.ms += minuteMs;
  expect(await send(paused)).toBe("stream_paused");
  await until("it is said", () => events.some(({ event }) => event === "activity_failed"));
  state.isDown = false;
  state.ms += minuteMs;
  expect(await send(active)).toBe(200);
  expect(events).toHaveLength(1);
  expect(counts()).toMatchObject([
    { stream_id: paused, minute: minute + minuteMs, reasons: { stream_paused: 1 } },
    { stream_id: active, minute, reasons: { queue_down: 1 } },
  ]);
});

test("streams and minutes that wait are bounded, and the log says what is left out", async () => {
  const { refusals, counts, events } = setup();
  for (let n = 0; n < 2_500; n++) refusals.refused(`id ${n}`, "stream_paused", receivedAt);
  await refusals.write(1_000);
  expect(counts()).toHaveLength(2_000);
  expect(events).toContainEqual({ event: "activity_left_out", requests: 500 });
});
