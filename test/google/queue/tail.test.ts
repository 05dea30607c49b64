import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Hit } from "../../../functions/hit.ts";
import type { Missed } from "../../../functions/hits/missed.ts";
import type { TailEvent } from "../../../functions/hits/tail.ts";
import { openQueue } from "../../../infra/google/queue/queue.ts";
import { openTail, type TailConfig } from "../../../infra/google/queue/tail.ts";
import { startEmulator, withEmulators, type Emulator } from "../../support/google/emulators.ts";
import { createTopic, freshName, project } from "../../support/google/google.ts";
import { until } from "../../support/until.ts";

/** Live in the cloud: a subscription for each viewer, on Pub/Sub's emulator. */

const [orders, leads] = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"];

withEmulators(["pubsub"], () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator("pubsub");
  });
  afterAll(() => emulator.stop());

  async function open() {
    const topic = freshName("hits");
    await createTopic(emulator.address, topic);
    const at = { project, topic, emulator: emulator.address };
    const queue = openQueue(at);
    const clock = { ms: Date.now() };
    const asked: [string, number][] = [];
    const missing: Missed[] = [];
    const logged: string[] = [];
    const instance = (more: Partial<TailConfig> = {}) =>
      openTail({
        ...at,
        now: () => clock.ms,
        log: (_severity, message) => void logged.push(message),
        missed: async (streamId, since) => (asked.push([streamId, since]), missing),
        heartbeatMs: 500,
        ...more,
      });
    let hits = 0;
    const publish = async (more: Partial<Hit> = {}) => {
      const hit: Hit = {
        hit_id: `aaaaaaaa-0000-4000-8000-${String(++hits).padStart(12, "0")}`,
        stream_id: orders,
        received_at: clock.ms,
        body: Buffer.from(`n=${hits}`),
        ...more,
      };
      await queue.publish(hit, { deadlineMs: 10_000 });
      return hit.hit_id;
    };
    const subscriptions = async () => {
      const answer = await fetch(`http://${emulator.address}/v1/projects/${project}/subscriptions`);
      const { subscriptions: all = [] } = (await answer.json()) as { subscriptions?: { name: string }[] };
      return all.map(({ name }) => name).filter((name) => name.includes(`/${topic}-live-`));
    };
    return { instance, publish, subscriptions, clock, asked, missing, logged };
  }

  /** What a viewer gets, until they go. */
  function watch(
    tail: ReturnType<typeof openTail>,
    { streamId = orders, ...options }: { streamId?: string; viewer?: string; lastEventId?: number } = {},
  ) {
    const leaving = new AbortController();
    const events: TailEvent[] = [];
    const ended = (async () => {
      for await (const event of tail.follow(streamId, { gone: leaving.signal, ...options }))
        events.push(event);
    })();
    const hits = () => events.flatMap((event) => (event.kind === "hit" ? [event] : []));
    return {
      events,
      ended,
      hits,
      ids: () => hits().map(({ hit }) => hit.hit_id),
      async leave() {
        leaving.abort();
        await ended;
      },
    };
  }

  test("each viewer gets the hits of their stream as they arrive, none of another one, and no counts of refusals", async () => {
    const { instance, publish, subscriptions } = await open();
    const tail = instance();
    const [ann, bob] = [watch(tail, { viewer: "ann" }), watch(tail, { viewer: "bob" })];
    const other = watch(tail, { viewer: "ann", streamId: leads });
    await until("all have their subscription", async () => (await subscriptions()).length === 3);
    const first = await publish({ content_type: "text/plain", headers: { "x-topic": "orders" } });
    const lead = await publish({ stream_id: leads });
    await publish({ refused: true });
    const last = await publish({ replay: 2 });
    await until(
      "it arrived",
      () => ann.hits().length >= 2 && bob.hits().length >= 2 && other.hits().length >= 1,
    );
    for (const one of [ann, bob]) expect(new Set(one.ids())).toEqual(new Set([first, last]));
    expect(other.ids()).toEqual([lead]);
    expect(ann.hits().find(({ hit }) => hit.hit_id === first)!.hit).toMatchObject({
      preview: "n=1",
      bytes: 3,
      content_type: "text/plain",
      headers: { "x-topic": "orders" },
    });
    // What its viewer may look for something in.
    expect(ann.hits().map(({ sent }) => Buffer.from(sent!.body).toString())).toContain("n=1");
    const given = ann.hits().map(({ id }) => id);
    expect(given).toEqual([...given].sort((a, b) => a - b));
    await until("a heartbeat more", () => ann.events.filter(({ kind }) => kind === "heartbeat").length > 2);
    for (const one of [ann, bob, other]) await one.leave();
    tail.close();
  });

  test("what comes while the connection is broken is there afterwards, at another instance too", async () => {
    const { instance, publish, subscriptions, asked } = await open();
    const [one, other] = [instance(), instance()];
    const before = watch(one, { viewer: "ann" });
    await until("it is there", async () => (await subscriptions()).length === 1);
    await publish();
    await until("it arrived", () => before.hits().length === 1);
    const lastEventId = before.hits().at(-1)!.id;
    await before.leave();
    one.close();
    const meanwhile = [await publish(), await publish()];
    const after = watch(other, { viewer: "ann", lastEventId });
    await until("both are there", () => meanwhile.every((id) => after.ids().includes(id)));
    expect(await subscriptions()).toHaveLength(1);
    expect(asked).toEqual([]);
    expect(after.events.some(({ kind }) => kind === "left_out")).toBe(false);
    await after.leave();
    other.close();
  });

  test("what no subscription kept is filled from the rows, and it is said that more may be missing", async () => {
    const { instance, publish, asked, missing, clock } = await open();
    const tail = instance();
    missing.push({ hit: { hit_id: "row", received_at: 1, bytes: 3, preview: "a=1" } });
    const lastEventId = (clock.ms - 60_000) * 1_000;
    const away = watch(tail, { viewer: "ann", lastEventId });
    await until("it is filled", () => away.events.some(({ kind }) => kind === "left_out"));
    expect(away.ids()).toEqual(["row"]);
    expect(away.hits()[0]!.id).toBeGreaterThan(lastEventId);
    expect(asked).toEqual([[orders, clock.ms - 60_000]]);
    const live = await publish();
    await until("and live again", () => away.ids().includes(live));
    await away.leave();
    // There all the time, and kept no longer what came.
    const late = watch(tail, { viewer: "ann", lastEventId: (clock.ms - 16 * 60_000) * 1_000 });
    await until("it is filled", () => late.events.some(({ kind }) => kind === "left_out"));
    await late.leave();
    const failing = instance({ missed: () => Promise.reject(new Error("too dear")) });
    const poor = watch(failing, { viewer: "bob", lastEventId });
    await until("it goes on all the same", () => poor.events.some(({ kind }) => kind === "left_out"));
    await poor.leave();
    tail.close();
    failing.close();
  });

  test("a stream ends before the platform ends it, and its viewer goes on", async () => {
    const { instance, publish } = await open();
    const tail = instance({ streamMs: 1_500 });
    const first = watch(tail, { viewer: "ann" });
    await first.ended;
    const hit = await publish();
    const next = watch(tail, { viewer: "ann", lastEventId: Date.now() * 1_000 });
    await until("it is there", () => next.ids().includes(hit));
    await next.leave();
    tail.close();
  });

  test("the subscriptions of viewers who stayed away are removed by the next one", async () => {
    const { instance, subscriptions, clock } = await open();
    const tail = instance();
    const gone = watch(tail, { viewer: "ann" });
    await until("it is there", async () => (await subscriptions()).length === 1);
    await gone.leave();
    const [old] = await subscriptions();
    const soon = watch(tail, { viewer: "bob" });
    await until("hers is kept beside it", async () => (await subscriptions()).length === 2);
    await soon.leave();
    clock.ms += 16 * 60_000;
    const later = watch(tail, { viewer: "cyd" });
    await until("hers is gone", async () => !(await subscriptions()).includes(old!));
    await later.leave();
    tail.close();
  });

  test("where no subscription can be made it is said, and no place is lost", async () => {
    const { instance, logged } = await open();
    const tail = instance({ topic: "no-such-topic" });
    for (let count = 0; count < 60; count++) await expect(watch(tail).ended).rejects.toThrow();
    expect(logged[0]).toContain("Hits cannot be followed");
    tail.close();
  });
});
