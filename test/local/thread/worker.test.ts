import { afterAll, describe, expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { openChild } from "../../../infra/local/thread/child.ts";
import { openWorker, whyOf, type Caller, type CallerOptions } from "../../../infra/local/thread/worker.ts";
import type { EchoApi } from "./echo.worker.ts";
import { until } from "../../support/until.ts";

const echo = new URL("./echo.worker.ts", import.meta.url);
const memoryBytesMax = 512_000_000;

type Open = (options: CallerOptions) => Caller<EchoApi>;
type Keep = (caller: Caller<EchoApi>, deaths: string[]) => Promise<void>;

const kinds: [string, Open][] = [
  ["thread", (options) => openWorker<EchoApi>(echo, options)],
  ["child process", (options) => openChild<EchoApi>(echo, { ...options, memoryBytesMax })],
];

async function withOne(open: Open, keep: Keep): Promise<void> {
  const deaths: string[] = [];
  const caller = open({ name: "echo", data: { a: 1 }, onDeath: (error) => void deaths.push(error.message) });
  try {
    await keep(caller, deaths);
  } finally {
    await caller.close();
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const orphans = new Set<number>();
afterAll(() => {
  for (const pid of orphans) if (isAlive(pid)) process.kill(pid, "SIGKILL");
});

describe.each(kinds)("a %s", (_, open) => {
  const promise = (name: string, keep: Keep): void => test(name, () => withOne(open, keep));

  promise("each call gets its own answer, in whatever order", async (caller) => {
    expect(
      await Promise.all([caller.call("later", "a"), caller.call("echo", "b"), caller.call("later", "c")]),
    ).toEqual(["a", "b", "c"]);
  });

  promise("is given what it was opened with", async (caller) => {
    expect(await caller.call("data", undefined)).toEqual({ a: 1 });
  });

  promise("bytes come there and back, a view without what lies beside it", async (caller) => {
    const given = new Uint8Array([1, 0xff, 0x00, 2]).subarray(1, 3);
    expect([...(await caller.call("bytes", given))]).toEqual([0xff, 0x00]);
  });

  promise("a message of 40 MB comes there and back", async (caller) => {
    const text = "é".repeat(10_000_000) + "x".repeat(20_000_000);
    expect((await caller.call("echo", text)) === text).toBe(true);
  });

  promise("what the other side throws is thrown here", async (caller, deaths) => {
    await expect(caller.call("fail", "no room")).rejects.toMatchObject({
      message: "no room",
      code: "made_up",
      facts: [7],
    });
    expect(await caller.call("echo", "still there")).toBe("still there");
    expect(deaths).toEqual([]);
  });

  promise("an answer that cannot be sent is a failure of that call alone", async (caller, deaths) => {
    for (const when of ["now", "later"] as const)
      await expect(caller.call("unsendable", when)).rejects.toThrow(/could not be cloned/);
    expect(await caller.call("echo", "still there")).toBe("still there");
    expect(deaths).toEqual([]);
  });

  promise(
    "one that dies rejects what it owes, and is there again for the next call",
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

  promise(
    "one that is killed says for what, and is there again for the next call",
    async (caller, deaths) => {
      const owed = caller.call("hang", undefined);
      await caller.call("echo", "there");
      caller.kill("the test wants it");
      await expect(owed).rejects.toMatchObject({
        code: "worker_died",
        message: "The worker echo ended: the test wants it.",
      });
      expect(await caller.call("echo", "back")).toBe("back");
      expect(deaths).toEqual(["The worker echo ended: the test wants it."]);
    },
  );

  promise("after close every call is refused, also one that waits for a dead worker", async (caller) => {
    await caller.call("die", "made by the test");
    await expect(caller.call("hang", undefined)).rejects.toMatchObject({ code: "worker_died" });
    const waiting = caller.call("echo", "late").catch((error: unknown) => error);
    await caller.close();
    expect(await waiting).toMatchObject({ code: "worker_closed" });
    await expect(caller.call("echo", "later")).rejects.toMatchObject({ code: "worker_closed" });
  });
});

test("bytes move to a thread where they are handed over", () =>
  withOne(kinds[0]![1], async (caller) => {
    const given = new Uint8Array([0xff, 0x00]);
    const back = await caller.call("bytes", given, [given.buffer]);
    expect(given.byteLength).toBe(0);
    expect([...back]).toEqual([0xff, 0x00]);
  }));

describe("a child process", () => {
  const promise = (name: string, keep: Keep): void => test(name, () => withOne(kinds[1]![1], keep));

  promise(
    "does nothing for the signals that a terminal or a service manager sends",
    async (caller, deaths) => {
      const pid = await caller.call("pid", undefined);
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.kill(pid, signal);
      expect(await caller.call("echo", "there")).toBe("there");
      expect(await caller.call("pid", undefined)).toBe(pid);
      expect(deaths).toEqual([]);
    },
  );

  promise("one that aborts says why, and shows no frame of its stack", async (caller, deaths) => {
    const v8 = [
      "<--- Last few GCs --->",
      "",
      "[19426:0x240a7000]      139 ms: Mark-Compact 20.6 (29.5) -> 18.4 (51.6) MB",
      "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
      "",
    ].join("\n");
    const native =
      "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc\n";
    for (const words of ["", v8, native, "# Fatal error in , line 0\n# Check failed: there.\n"])
      await expect(caller.call("abort", words)).rejects.toMatchObject({ code: "worker_died" });
    // node writes the stack behind each of them.
    expect(deaths).toEqual([
      "The worker echo ended: SIGABRT.",
      "The worker echo ended: SIGABRT: FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory.",
      "The worker echo ended: SIGABRT: what():  std::bad_alloc.",
      "The worker echo ended: SIGABRT: Check failed: there.",
    ]);
  });

  promise("an allocation far past its memory fails or ends it alone", async (caller) => {
    await expect(caller.call("eat", 4 * memoryBytesMax)).rejects.toMatchObject({
      code: expect.stringMatching(/^(worker_died|ERR_MEMORY_ALLOCATION_FAILED)$/),
    });
    // Where the allocation failed, the thread beside it may have found no memory either, and ends the process
    // a moment later: then it is the next call that tells.
    await until("it answers again", () =>
      caller.call("echo", "back").then(
        (answer) => answer === "back",
        (error: { code?: string }) => {
          if (error.code !== "worker_died") throw error;
          return false;
        },
      ),
    );
  });

  test("where no limit can be set, what holds more memory than it may is ended", () =>
    withOne(
      (options) => openChild<EchoApi>(echo, { ...options, memoryBytesMax, shell: "/nowhere/sh" }),
      async (caller, deaths) => {
        await expect(caller.call("eat", 1.1 * memoryBytesMax)).rejects.toMatchObject({ code: "worker_died" });
        expect(deaths).toHaveLength(1);
        expect(await caller.call("echo", "back")).toBe("back");
      },
    ));

  for (const state of ["idle", "busy"] as const)
    test(`ends when its parent is killed, ${state} or not`, async () => {
      const parent = spawn(
        process.execPath,
        ["--disable-warning=ExperimentalWarning", "test/local/thread/parent.ts", state],
        { stdio: ["ignore", "pipe", "inherit"] },
      );
      try {
        const [said] = (await once(parent.stdout, "data")) as [Buffer];
        const pid = Number(said.toString());
        orphans.add(pid);
        expect(isAlive(pid)).toBe(true);
        parent.kill("SIGKILL");
        await until("the child is gone", () => !isAlive(pid));
      } finally {
        parent.kill("SIGKILL");
      }
    });
});
