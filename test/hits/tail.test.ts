import { expect, test } from "@jest/globals";
import type { Hit } from "../../functions/hit.ts";
import {
  createTail,
  followersMax,
  keepMs,
  keptMax,
  previewBytesMax,
  type TailEvent,
} from "../../functions/hits/tail.ts";

const stream = "11111111-1111-4111-8111-111111111111";
const other = "22222222-2222-4222-8222-222222222222";
let hits = 0;
const hit = (more: Partial<Hit> = {}): Hit => ({
  hit_id: `aaaaaaaa-0000-4000-8000-${String(++hits).padStart(12, "0")}`,
  stream_id: stream,
  received_at: 1000,
  body: Buffer.from(`orderId=N${hits}`),
  ...more,
});

/** Follows, and reads events one by one. */
function open(tail: ReturnType<typeof createTail>, lastEventId?: number) {
  const gone = new AbortController();
  const events = tail
    .follow(stream, {
      gone: gone.signal,
      ...(lastEventId !== undefined && { lastEventId }),
    })
    [Symbol.asyncIterator]();
  const next = async () => (await events.next()).value as TailEvent | undefined;
  /** The next that is no heartbeat. */
  const news = async () => {
    for (;;) {
      const event = await next();
      if (event?.kind !== "heartbeat") return event;
    }
  };
  return { next, news, leave: () => gone.abort() };
}

test("a follower sees at once that it is connected, then the hits of its stream and of no other", async () => {
  const tail = createTail({ now: () => 5000 });
  tail.stored(hit());
  const { next, news, leave } = open(tail);
  tail.stored(hit({ stream_id: other }));
  const mine = hit({
    content_type: "text/plain",
    query: "a=1",
    is_test: true,
    replay: 2,
  });
  tail.stored(mine);
  expect(await next()).toEqual({ kind: "heartbeat", at: 5000 });
  expect(await news()).toEqual({
    kind: "hit",
    id: 5_000_000,
    sent: { ...mine, isCut: false },
    hit: {
      hit_id: mine.hit_id,
      received_at: 1000,
      bytes: mine.body.byteLength,
      content_type: "text/plain",
      query: "a=1",
      is_test: true,
      replay: 2,
      preview: Buffer.from(mine.body).toString(),
    },
  });
  leave();
  expect(await next()).toBeUndefined();
});

test("a preview holds at most 120 bytes and no half characters", async () => {
  const tail = createTail();
  const { news, leave } = open(tail);
  const preview = async (body: Uint8Array) => {
    tail.stored(hit({ body }));
    const event = await news();
    return event?.kind === "hit" ? event.hit.preview : undefined;
  };
  expect(await preview(Buffer.from("x".repeat(previewBytesMax)))).toBe("x".repeat(previewBytesMax));
  expect(await preview(Buffer.from("x".repeat(previewBytesMax + 1)))).toBe("x".repeat(previewBytesMax));
  expect(await preview(Buffer.from("ж".repeat(100)))).toBe("ж".repeat(60));
  expect(await preview(Buffer.from("\ufeffid;total"))).toBe("\ufeffid;total");
  expect(await preview(Buffer.from(`x${"ж".repeat(100)}`))).toBe(`x${"ж".repeat(59)}`);
  expect(await preview(Uint8Array.of(0xff, 0x61))).toBe("\ufffda");
  leave();
});

test("heartbeats come while no hit does, and while hits come without a pause", async () => {
  const tail = createTail({ heartbeatMs: 20 });
  const { next, leave } = open(tail);
  expect((await next())?.kind).toBe("heartbeat");
  expect((await next())?.kind).toBe("heartbeat");
  let event: TailEvent | undefined;
  do {
    tail.stored(hit());
    event = await next();
    await new Promise(setImmediate);
  } while (event?.kind === "hit");
  expect(event?.kind).toBe("heartbeat");
  leave();
});

test("a broken connection goes on after its last event, as far as the newest 200 reach", async () => {
  const tail = createTail();
  const first = open(tail);
  tail.stored(hit());
  const seen = await first.news();
  const last = seen?.kind === "hit" ? seen.id : 0;
  first.leave();
  for (let n = 0; n < keptMax; n++) tail.stored(hit());
  const second = open(tail, last);
  expect(await second.news()).toMatchObject({ kind: "hit", id: last + 1 });
  second.leave();
  tail.stored(hit());
  const third = open(tail, last);
  expect(await third.news()).toEqual({ kind: "left_out" });
  expect(await third.news()).toMatchObject({ kind: "hit", id: last + 2 });
  third.leave();
});

test("an id from before a restart is answered with the warning that hits may be missing", async () => {
  const before = createTail({ now: () => 1000 });
  const one = open(before);
  before.stored(hit());
  const seen = await one.news();
  one.leave();
  const after = createTail({ now: () => 2000 });
  const again = open(after, seen?.kind === "hit" ? seen.id : 0);
  expect(await again.news()).toEqual({ kind: "left_out" });
  after.stored(hit());
  expect(await again.news()).toMatchObject({ kind: "hit", id: 2_000_000 });
  again.leave();
});

test("a slow reader gets the newest 200 and is told how many were left out", async () => {
  const tail = createTail();
  const { next, news, leave } = open(tail);
  await next();
  for (let n = 0; n < keptMax + 7; n++) tail.stored(hit());
  expect(await news()).toEqual({ kind: "left_out", hits: 7 });
  let got = 0;
  for (; got < keptMax; got++) expect((await news())?.kind).toBe("hit");
  leave();
  expect(await next()).toBeUndefined();
});

test("a stream that nobody watches any more is forgotten after a while", async () => {
  const clock = { ms: 1_000_000 };
  const tail = createTail({ elapsed: () => clock.ms });
  const first = open(tail);
  tail.stored(hit());
  const seen = await first.news();
  const last = seen?.kind === "hit" ? seen.id : 0;
  first.leave();
  clock.ms += keepMs - 1;
  tail.stored(hit());
  const second = open(tail, last);
  expect(await second.news()).toMatchObject({ kind: "hit", id: last + 1 });
  second.leave();
  clock.ms += keepMs;
  tail.stored(hit());
  const third = open(tail, last + 1);
  expect(await third.news()).toEqual({ kind: "left_out" });
  third.leave();
});

test("50 may follow, the next is told to wait, and who leaves makes room", () => {
  const tail = createTail();
  const all = Array.from({ length: followersMax }, () => open(tail));
  expect(() => open(tail)).toThrow(expect.objectContaining({ code: "tail_full", status: 503 }));
  all[0]!.leave();
  open(tail);
  expect(() => open(tail)).toThrow(/50 connections follow hits already/);
  tail.close();
});

test("closing ends everybody's following, also of one who waits", async () => {
  const tail = createTail();
  const { next } = open(tail);
  await next();
  const waiting = next();
  tail.close();
  expect(await waiting).toBeUndefined();
});

test("who is gone before the first event takes no place", () => {
  const tail = createTail();
  const gone = AbortSignal.abort();
  for (let n = 0; n < followersMax * 2; n++) tail.follow(stream, { gone });
  expect(() => tail.follow(stream, { gone })).not.toThrow();
});

test.each<[string, string | undefined, Buffer, string]>([
  ["the charset that was named", "text/plain; charset=windows-1251", Buffer.from([0xcf, 0xf0, 0xe8]), "При"],
  [
    "UTF-16, cut at the limit",
    "text/plain; charset=utf-16le",
    Buffer.from("я ".repeat(200), "utf16le"),
    "я ".repeat(30),
  ],
  [
    "UTF-8 under a wrong name, cut in a character",
    "text/plain; charset=latin1",
    Buffer.from(`a${"я".repeat(200)}`),
    `a${"я".repeat(59)}`,
  ],
  [
    "UTF-8 where a charset of many bytes is wrong",
    "text/plain; charset=shift_jis",
    Buffer.from("é\u0080x"),
    "é\u0080x",
  ],
  ["UTF-8 where none is named", undefined, Buffer.from(`a${"я".repeat(200)}`), `a${"я".repeat(59)}`],
])("a preview is text: %s", async (_, content_type, body, preview) => {
  const tail = createTail();
  const { news, leave } = open(tail);
  tail.stored(hit({ body, ...(content_type !== undefined && { content_type }) }));
  expect(await news()).toMatchObject({ hit: { preview } });
  leave();
});
