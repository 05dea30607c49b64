import { expect, test } from "@jest/globals";
import { openWorker, whyOf, type Caller } from "../../infra/local/thread/worker.ts";
import type { EchoApi } from "../support/echo.worker.ts";

function promise(name: string, keep: (caller: Caller<EchoApi>, deaths: string[]) => Promise<void>): void {
  test(name, async () => {
    const deaths: string[] = [];
    const caller = openWorker<EchoApi>(new URL("../support/echo.worker.ts", import.meta.url), {
      name: "echo",
      onDeath: (error) => void deaths.push(error.message),
    });
    try {
      await keep(caller, deaths);
    } finally {
      await caller.close();
    }
  });
}

promise("each call gets its own answer, in whatever order", async (caller) => {
  expect(
    await Promise.all([caller.call("later", "a"), caller.call("echo", "b"), caller.call("later", "c")]),
  ).toEqual(["a", "b", "c"]);
});

promise("bytes move there and back", async (caller) => {
  const given = new Uint8Array([0xff, 0x00]);
  const back = await caller.call("bytes", given, [given.buffer]);
  expect(given.byteLength).toBe(0);
  expect([...back]).toEqual([0xff, 0x00]);
});

promise("what the other side throws is thrown here", async (caller, deaths) => {
  await expect(caller.call("fail", "no room")).rejects.toMatchObject({
    message: "no room",
    code: "made_up",
    given: [7],
  });
  expect(await caller.call("echo", "still there")).toBe("still there");
  expect(deaths).toEqual([]);
});

promise(
  "a worker that dies rejects what it owes, and is there again for the next call",
  async (caller, deaths) => {
    for (let i = 1; i <= 3; i++) {
      const owed = caller.call("hang", undefined);
      await caller.call("die", "made by the test");
      const error = await owed.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toMatchObject({ code: "worker_died" });
      expect(whyOf(error)).toBe("made by the test");
      expect(await caller.call("echo", "back")).toBe("back");
      expect(deaths).toHaveLength(i);
    }
  },
);

promise("after close every call is refused, also one that waits for a dead worker", async (caller) => {
  await caller.call("die", "made by the test");
  await expect(caller.call("hang", undefined)).rejects.toMatchObject({
    code: "worker_died",
  });
  const waiting = caller.call("echo", "late").catch((error: unknown) => error);
  await caller.close();
  expect(await waiting).toMatchObject({ code: "worker_closed" });
  await expect(caller.call("echo", "later")).rejects.toMatchObject({
    code: "worker_closed",
  });
});
