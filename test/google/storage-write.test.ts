import protos from "@google-cloud/bigquery-storage/build/protos/protos.js";
import { BigQueryWriteClient } from "@google-cloud/bigquery-storage/build/src/v1/big_query_write_client.js";
import { expect, test } from "@jest/globals";
import { grpc } from "google-gax";
import type { Column } from "../../functions/warehouse.ts";
import { encodeAppend, makeShape } from "../../infra/google/warehouse/append-request.ts";
import { openChannel } from "../../infra/google/channel.ts";
import { openAppends, type Appends, type AppendsConfig } from "../../infra/google/warehouse/storage-write.ts";
import {
  startFakeStorageWrite,
  type AppendBehaviour,
  type FakeStorageWrite,
} from "../support/fake-storage-write.ts";
import { startProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";

/** Appends against a server with production's limit of 100 calls a channel, and with its bad days. */

const deadlineMs = 20_000;
const columns: Column[] = [{ name: "text", type: "STRING", description: "" }];
const shape = makeShape(columns);

interface Ground {
  readonly fake: FakeStorageWrite;
  readonly appends: Appends;
  append(table: string, options?: { deadlineMs?: number; location?: string; text?: string }): Promise<void>;
}

function promise(
  name: string,
  keep: (ground: Ground) => Promise<void>,
  config: Partial<AppendsConfig> = {},
): void {
  test(name, async () => {
    const fake = await startFakeStorageWrite();
    const appends = open(fake.address, config);
    try {
      await keep({
        fake,
        appends,
        append: (table, options) => append(appends, table, options),
      });
    } finally {
      fake.behave(() => "store");
      fake.release();
      await appends.close();
      fake.close();
    }
  });
}

function open(address: string, config: Partial<AppendsConfig> = {}): Appends {
  const channel = openChannel((options) => new BigQueryWriteClient(options), address, config.clocks);
  return openAppends(channel, { project: "p", ...config });
}

function streamOf(table: string): string {
  return `projects/p/datasets/d/tables/${table}/streams/_default`;
}

function append(
  appends: Appends,
  table: string,
  options: { deadlineMs?: number; location?: string; text?: string } = {},
): Promise<void> {
  const encoded = encodeAppend(streamOf(table), shape, [[options.text ?? table]], 10_000_000);
  if (!("requests" in encoded)) throw new Error("The row was refused.");
  const { bytes } = encoded.requests[0]!;
  const { location = "us" } = options;
  return appends.append({
    writeStream: streamOf(table),
    location,
    bytes,
    deadlineMs: options.deadlineMs ?? deadlineMs,
  });
}

async function failureOf(work: Promise<void>): Promise<unknown> {
  return work.then(
    () => "it worked",
    (error: unknown) => error,
  );
}

const tables = (count: number) => Array.from({ length: count }, (_, index) => `t${index}`);

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

promise(
  "no table starves while others always have more to write than the receiver takes",
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
);

promise(
  "without the bound the 101st append of a channel would hang",
  async ({ fake, append }) => {
    fake.behave(() => "hang");
    const all = tables(105).map((table) => failureOf(append(table, { deadlineMs: 2_000 })));
    await until("a hundred are on their way", () => fake.connections().open === 100);
    await Promise.all(all);
    expect(fake.connections().most).toBe(100);
  },
  { connectionsMax: 140 },
);

promise(
  "one table that hangs holds up none of 50 others, and gets its error in time",
  async ({ fake, append }) => {
    fake.behave(({ writeStream }) => (writeStream === streamOf("sick") ? "hang" : "store"));
    const sick = failureOf(append("sick", { deadlineMs: 3_000 }));
    let done = false;
    void sick.then(() => (done = true));
    for (let round = 0; round < 5; round++) await Promise.all(tables(50).map((table) => append(table)));
    expect(done).toBe(false);
    expect(await sick).toMatchObject({ code: grpc.status.DEADLINE_EXCEEDED });
  },
);

promise(
  "what waited behind an append that hung goes over another connection; the table that hung is kept apart afterwards",
  async ({ fake, append }) => {
    fake.behave(({ writeStream }) => (writeStream === streamOf("sick") ? "hang" : "store"));
    const sick = failureOf(append("sick", { deadlineMs: 500 }));
    const others = tables(10).map((table) => append(table));
    expect(await sick).toMatchObject({ code: grpc.status.DEADLINE_EXCEEDED });
    await Promise.all(others);
    const again = failureOf(append("sick", { deadlineMs: 500 }));
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
    const sick = ["sick0", "sick1", "sick2"];
    const first = sick.map((table) => failureOf(append(table, { deadlineMs: 300 })));
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
    expect(await failureOf(append("t", { deadlineMs: 3_000 }))).toMatchObject({
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
    const impatient = failureOf(append("impatient", { deadlineMs: 300 }));
    expect(await impatient).toMatchObject({
      code: grpc.status.DEADLINE_EXCEEDED,
    });
    fake.release();
    await slow;
    expect(fake.rows.get(streamOf("slow"))).toHaveLength(1);
  },
);

// --- answers that cannot be ---

const { AppendRowsResponse } = protos.google.cloud.bigquery.storage.v1;
/** A status that is said to be longer than the message. */
const noAnswer = new Uint8Array([0x12, 0xff, 0xff, 0x01, 0x00]);
const noDetails = new Uint8Array([0x1a, 0xff, 0x01]);
const answerFor = (writeStream: string) =>
  AppendRowsResponse.encode({ appendResult: {}, writeStream }).finish();
const unclear: [string, AppendBehaviour][] = [
  ["an answer that cannot be read", { answer: noAnswer }],
  ["an answer that names another table", { answer: answerFor(streamOf("other")) }],
  [
    "an error whose details cannot be read",
    {
      broken: {
        code: grpc.status.PERMISSION_DENIED,
        message: "no",
        details: noDetails,
      },
    },
  ],
];
for (const [what, behaviour] of unclear) {
  promise(
    `${what} ends no process: its append goes again and arrives`,
    async ({ fake, append }) => {
      let said = false;
      fake.behave(() => {
        if (said) return "store";
        said = true;
        return behaviour;
      });
      await Promise.all(tables(10).map((table) => append(table)));
      for (const table of tables(10)) expect(fake.rows.get(streamOf(table))?.length).toBeGreaterThan(0);
    },
    { connectionsMax: 1 },
  );

  promise(
    `${what}, time and again, fails its own append and no other's`,
    async ({ fake, append }) => {
      fake.behave(({ writeStream }) => (writeStream === streamOf("sick") ? behaviour : "store"));
      const sick = failureOf(append("sick"));
      await Promise.all(tables(10).map((table) => append(table)));
      expect(await sick).toMatchObject({ code: grpc.status.UNAVAILABLE });
    },
    { connectionsMax: 4 },
  );
}

for (const [spelling, writeStream] of [
  ["no table", ""],
  ["its table in another way", "projects/1/datasets/d/tables/t/_default"],
] as const)
  promise(`an answer that names ${spelling} is the next append's`, async ({ fake, append }) => {
    fake.behave(() => ({ answer: answerFor(writeStream) }));
    await append("t");
    expect(fake.requests).toHaveLength(1);
  });

const minute = 60_000;
const pauses: [string, { process: number; wall: number }, { calls: number; wires: number }][] = [
  ["half a minute", { process: minute / 2, wall: minute / 2 }, { calls: 1, wires: 1 }],
  ["two minutes", { process: 2 * minute, wall: 2 * minute }, { calls: 2, wires: 1 }],
  ["two minutes that the process's clock left out", { process: 0, wall: 2 * minute }, { calls: 2, wires: 1 }],
  ["two minutes and a wall clock set back", { process: 2 * minute, wall: -minute }, { calls: 2, wires: 1 }],
  ["a wall clock set back by a year", { process: 1, wall: -525_600 * minute }, { calls: 1, wires: 1 }],
  ["ten minutes", { process: 10 * minute, wall: 10 * minute }, { calls: 2, wires: 2 }],
  [
    "ten minutes that the process's clock left out",
    { process: 0, wall: 10 * minute },
    { calls: 2, wires: 2 },
  ],
];

test.each(pauses)(
  "without CPU for %s: what is that old is not taken",
  async (_name, pause, { calls, wires }) => {
    const fake = await startFakeStorageWrite();
    const proxy = await startProxy(fake.address);
    // No timer of the idle connection ends in this test, as none runs in an instance without CPU.
    const clock = { process: 5_000, wall: 1_800_000_000_000 };
    const appends = open(proxy.address, { clocks: [() => clock.process, () => clock.wall] });
    try {
      await append(appends, "t");
      clock.process += pause.process;
      clock.wall += pause.wall;
      await append(appends, "t");
      await append(appends, "t");
      expect(fake.requests.map(({ connection }) => connection)).toEqual([0, calls - 1, calls - 1]);
      expect(proxy.opened()).toBe(wires);
    } finally {
      await appends.close();
      await proxy.close();
      fake.close();
    }
  },
);

test("what the network forgot while an instance had no CPU delays nothing", async () => {
  const fake = await startFakeStorageWrite();
  const proxy = await startProxy(fake.address);
  let wall = 0;
  const appends = open(proxy.address, { clocks: [() => wall] });
  try {
    await append(appends, "t");
    proxy.silence();
    wall += 10 * minute;
    await append(appends, "t");
    expect(fake.rows.get(streamOf("t"))).toHaveLength(2);
    expect(proxy.opened()).toBe(2);
  } finally {
    await appends.close();
    await proxy.close();
    fake.close();
  }
});

test("a wire that went silent is replaced after the append that noticed", async () => {
  const fake = await startFakeStorageWrite();
  const proxy = await startProxy(fake.address);
  const appends = open(proxy.address);
  try {
    await append(appends, "t");
    proxy.silence();
    expect(await failureOf(append(appends, "t", { deadlineMs: 500 }))).toMatchObject({
      code: grpc.status.DEADLINE_EXCEEDED,
    });
    await append(appends, "t");
    expect(proxy.opened()).toBe(2);
  } finally {
    await appends.close();
    await proxy.close();
    fake.close();
  }
});

test("an append that waits for its turn while the wire is replaced goes over the new one", async () => {
  const fake = await startFakeStorageWrite();
  const proxy = await startProxy(fake.address);
  let clockMs = 0;
  const appends = open(proxy.address, { now: () => clockMs });
  try {
    await append(appends, "t");
    proxy.silence();
    // More than a connection takes unread: it does not leave, and after half a second others wait for it.
    const lost = failureOf(
      append(appends, "lost", {
        deadlineMs: 1_500,
        text: "x".repeat(4_000_000),
      }),
    );
    await until("it is on its way", () => proxy.swallowed() > 0);
    clockMs += 700;
    const waits = append(appends, "waits");
    expect(await lost).toMatchObject({ code: grpc.status.DEADLINE_EXCEEDED });
    await waits;
    expect(fake.rows.get(streamOf("waits"))).toHaveLength(1);
  } finally {
    await appends.close();
    await proxy.close();
    fake.close();
  }
});

test("a server that dies under way is an error for what is pending, and the process goes on", async () => {
  const fake = await startFakeStorageWrite();
  const appends = open(fake.address);
  try {
    fake.behave(() => "hang");
    const pending = tables(5).map((table) => failureOf(append(appends, table, { deadlineMs: 10_000 })));
    await until("they are on their way", () => fake.requests.length === 5);
    fake.close();
    for (const error of await Promise.all(pending)) expect(error).toBeInstanceOf(Error);
  } finally {
    await appends.close();
  }
});

test("close waits for what is pending and refuses what comes after it", async () => {
  const fake = await startFakeStorageWrite();
  const appends = open(fake.address);
  try {
    const pending = append(appends, "t");
    const closing = appends.close();
    await expect(append(appends, "t")).rejects.toMatchObject({
      code: grpc.status.UNAVAILABLE,
    });
    await pending;
    await closing;
    await until("nothing is open", () => fake.connections().open === 0);
  } finally {
    fake.close();
  }
});
