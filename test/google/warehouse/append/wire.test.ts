import { expect, test } from "@jest/globals";
import { grpc } from "google-gax";
import { startFakeStorageWrite } from "../../../support/doubles/fake-storage-write.ts";
import { startProxy } from "../../../support/wire/tcp-proxy.ts";
import { until } from "../../../support/until.ts";
import { append, failureOf, open, streamOf, tables } from "./setup.ts";

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
