import { expect } from "@jest/globals";
import { grpc } from "google-gax";
import { until } from "../../../support/until.ts";
import { failureOf, promise, streamOf, tables } from "./setup.ts";

promise(
  "one after the other, rows of many tables go over one connection, each with its own schema",
  async ({ fake, append }) => {
    for (const table of tables(20)) await append(table);
    expect(fake.connections()).toMatchObject({
      open: 1,
      most: 1,
      routing: ["write_location=projects/p/locations/us"],
    });
    for (const table of tables(20)) expect(fake.rows.get(streamOf(table))).toEqual([{ text: table }]);
  },
);

promise(
  "500 tables at once never hang: no more than 80 connections, and every row arrives",
  async ({ fake, append }) => {
    for (let round = 0; round < 3; round++) await Promise.all(tables(500).map((table) => append(table)));
    expect(fake.connections().most).toBeLessThanOrEqual(80);
    for (const table of tables(500)) expect(fake.rows.get(streamOf(table))).toHaveLength(3);
  },
);

for (const [receiver, slower] of [
  ["the receiver", 1],
  ["a receiver that is fifty times slower", 50],
] as const) {
  promise(
    `no table starves while others always have more to write than ${receiver} takes`,
    async ({ fake, append }) => {
      const there = tables(200);
      const text = "x".repeat(20_000);
      const arrived = (table: string) => fake.rows.has(streamOf(table));
      let over = false;
      const busy = Promise.all(
        there.map(async (table) => {
          while (!over) await append(table, { text });
        }),
      );
      try {
        await until("every table got through", () => there.every(arrived));
      } finally {
        over = true;
        await busy;
      }
    },
    { now: () => performance.now() * slower },
  );
}

promise(
  "without the bound the 101st append of a channel would hang",
  async ({ fake, append }) => {
    fake.behave(() => "hang");
    const all = tables(105).map((table) => append(table));
    await until("a hundred are on their way", () => fake.requests.length === 100);
    expect(fake.connections()).toMatchObject({ open: 100, most: 100 });
    fake.behave(() => "store");
    fake.release();
    await Promise.all(all);
    expect(fake.connections().most).toBe(100);
  },
  // Those that wait get the connections of those that were answered.
  { connectionsMax: 140, idleMs: 50 },
);

promise(
  "one table that hangs holds up none of 50 others, and gets its error in time",
  async ({ fake, append }) => {
    fake.behave(({ writeStream }) => (writeStream === streamOf("sick") ? "hang" : "store"));
    let done = false;
    const patient = append("sick").finally(() => (done = true));
    for (let round = 0; round < 5; round++) await Promise.all(tables(50).map((table) => append(table)));
    expect(done).toBe(false);
    expect(await failureOf(append("sick", { deadlineMs: 1_000 }))).toMatchObject({
      code: grpc.status.DEADLINE_EXCEEDED,
    });
    fake.behave(() => "store");
    fake.release();
    await patient;
  },
);

promise(
  "what waited behind an append that hung goes over another connection; the table that hung is kept apart afterwards",
  async ({ fake, append }) => {
    fake.behave(({ writeStream }) => (writeStream === streamOf("sick") ? "hang" : "store"));
    // Opens the channel, for which a busy machine takes its time.
    await append("t0");
    // So long that others are answered meanwhile, which tells a table that hangs from a service that does.
    const sick = failureOf(append("sick", { deadlineMs: 3_000 }));
    const others = tables(10).map((table) => append(table));
    expect(await sick).toMatchObject({ code: grpc.status.DEADLINE_EXCEEDED });
    await Promise.all(others);
    const again = failureOf(append("sick", { deadlineMs: 3_000 }));
    await until(
      "it hangs again",
      () => fake.requests.filter(({ writeStream }) => writeStream === streamOf("sick")).length === 2,
    );
    await Promise.all(tables(10).map((table) => append(table)));
    // Nothing came after it on its connection.
    const { connection } = fake.requests.findLast(({ writeStream }) => writeStream === streamOf("sick"))!;
    expect(fake.requests.findLast((request) => request.connection === connection)!.writeStream).toBe(
      streamOf("sick"),
    );
    await again;
    fake.behave(() => "store");
    await append("sick");
  },
  { connectionsMax: 2 },
);

promise(
  "tables that hang take only a part of the connections: more of them are refused at once",
  async ({ fake, append }) => {
    fake.behave(({ writeStream }) => (writeStream.includes("/sick") ? "hang" : "store"));
    await append("t0");
    const sick = ["sick0", "sick1", "sick2"];
    const first = sick.map((table) => failureOf(append(table, { deadlineMs: 3_000 })));
    // That others are answered tells a table that hangs from a service that does.
    await Promise.all(tables(3).map((table) => append(table)));
    await Promise.all(first);
    const second = sick.map((table) => failureOf(append(table, { deadlineMs: 1_000 })));
    await Promise.all(tables(20).map((table) => append(table)));
    const codes = (await Promise.all(second)).map((error) => (error as { code: number }).code);
    expect(codes.filter((code) => code === grpc.status.RESOURCE_EXHAUSTED)).toHaveLength(1);
    expect(codes.filter((code) => code === grpc.status.DEADLINE_EXCEEDED)).toHaveLength(2);
  },
  { connectionsMax: 8 },
);

promise(
  "a result that came is not an append that worked: an error and its rows are told",
  async ({ fake, append }) => {
    fake.behave(() => ({
      error: { code: 3, message: "bad rows", storageCode: 7 },
      rows: [{ index: 4, message: "no JSON" }],
    }));
    expect(await failureOf(append("t"))).toMatchObject({
      code: 3,
      message: "bad rows",
      storageCode: 7,
      rows: [{ index: 4, why: "no JSON" }],
    });
    fake.behave(() => "store");
    await append("t");
    expect(fake.connections().most).toBe(1);
  },
);

promise(
  "connections that break for some tables give those their error, and all others arrive",
  async ({ fake, append }) => {
    const broken = {
      code: grpc.status.NOT_FOUND,
      message: "Requested entity was not found",
    };
    fake.behave(({ writeStream }) => (writeStream.includes("/gone") ? { broken } : "store"));
    const work: Promise<unknown>[] = [];
    const gone: Promise<unknown>[] = [];
    for (const table of tables(50)) {
      gone.push(failureOf(append(table.replace("t", "gone"))));
      work.push(append(table));
    }
    for (const error of await Promise.all(gone)) expect(error).toMatchObject({ code: grpc.status.NOT_FOUND });
    await Promise.all(work);
    for (const table of tables(50)) expect(fake.rows.get(streamOf(table))!.length).toBeGreaterThan(0);
  },
  { connectionsMax: 1 },
);

promise(
  "a connection that breaks for a moment is opened again, and nobody hears of it",
  async ({ fake, append }) => {
    let breaks = 2;
    fake.behave(() =>
      breaks-- > 0 ? { broken: { code: grpc.status.UNAVAILABLE, message: "moved" } } : "store",
    );
    await append("t");
    expect(fake.rows.get(streamOf("t"))).toHaveLength(1);
  },
);

promise(
  "a service that stays broken is an error within the deadline, and later appends work",
  async ({ fake, append }) => {
    fake.behave(() => ({
      broken: { code: grpc.status.UNAVAILABLE, message: "away" },
    }));
    expect(await failureOf(append("t", { deadlineMs: 30_000 }))).toMatchObject({
      code: grpc.status.UNAVAILABLE,
      message: "away",
    });
    fake.behave(() => "store");
    await append("t");
  },
);

promise(
  "idle connections are closed",
  async ({ fake, append }) => {
    await Promise.all(tables(10).map((table) => append(table)));
    await until("they are closed", () => fake.connections().open === 0);
    await append("t");
  },
  { idleMs: 50 },
);

promise(
  "regions have connections of their own, and an idle one makes room for another region",
  async ({ fake, append }) => {
    await append("t", { location: "us" });
    await append("t", { location: "eu" });
    await append("t", { location: "asia" });
    expect(fake.connections().routing.map((routing) => routing.split("/").at(-1))).toEqual([
      "us",
      "eu",
      "asia",
    ]);
    await until("one made room", () => fake.connections().open === 2);
  },
  { connectionsMax: 2 },
);

promise(
  "what waits is bounded: past the bound an append is refused at once",
  async ({ fake, append }) => {
    fake.behave(() => "hang");
    const first = failureOf(append("t", { deadlineMs: 500, text: "x".repeat(900) }));
    expect(await failureOf(append("t", { text: "x".repeat(900) }))).toMatchObject({
      code: grpc.status.RESOURCE_EXHAUSTED,
    });
    await first;
    fake.behave(() => "store");
    await append("t", { text: "x".repeat(900) });
  },
  { pendingBytesMax: 1_500 },
);

promise(
  "an append that is only slow arrives, although another one gave the channel up meanwhile",
  async ({ fake, append }) => {
    fake.behave(() => "hang");
    const slow = append("slow");
    await until("it is there", () => fake.requests.length === 1);
    const impatient = failureOf(append("impatient", { deadlineMs: 300 }));
    expect(await impatient).toMatchObject({
      code: grpc.status.DEADLINE_EXCEEDED,
    });
    fake.release();
    await slow;
    expect(fake.rows.get(streamOf("slow"))).toHaveLength(1);
  },
);
