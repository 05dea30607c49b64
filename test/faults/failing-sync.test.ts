import { afterEach, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { inFolder } from "../support/folder.ts";
import { needing } from "../support/needs.ts";
import { endAll, exampleStream, startProduct, type Product } from "../support/product.ts";
import { until } from "../support/until.ts";
import { untilDelivered } from "./campaign/evidence/delivered.ts";
import { readEvidence } from "./campaign/evidence/evidence.ts";
import { judge } from "./campaign/evidence/judge.ts";
import { createLoad } from "./campaign/load.ts";

afterEach(endAll);

/** Why syncs cannot be made to fail here; undefined where they can. */
function noFailingSync(): string | undefined {
  if (process.platform !== "linux")
    return `a failing fsync is made with LD_PRELOAD, which ${process.platform} has not.`;
  try {
    execFileSync("cc", ["--version"], { stdio: "pipe" });
    return undefined;
  } catch {
    return "a failing fsync is made with a C compiler, and there is none: run `apt-get install gcc libc6-dev`.";
  }
}

interface Sync {
  readonly env: Record<string, string>;
  /** @param word fails only for files whose path contains it; all of them where it is empty */
  fail(word: string): void;
  fix(): void;
  failures(): number;
}

function failingSync(directory: string): Sync {
  const library = join(directory, "failing-sync.so");
  const source = join(import.meta.dirname, "failing-sync.c");
  execFileSync("cc", ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, source], {
    stdio: "pipe",
  });
  const flag = join(directory, "fails");
  const count = join(directory, "count");
  return {
    env: { LD_PRELOAD: library, SYNC_FAILS: flag, SYNC_COUNT: count },
    fail(word) {
      // At once: while it is there and empty, every sync would fail.
      writeFileSync(`${flag}.new`, word);
      renameSync(`${flag}.new`, flag);
    },
    fix: () => rmSync(flag),
    failures: () => statSync(count, { throwIfNoEntry: false })?.size ?? 0,
  };
}

const health = async (product: Product): Promise<number> =>
  (await fetch(`${product.collectUrl}/health`)).status;

/** @param files whose sync fails, by a part of their path
 *  @param refuses whether hits are refused meanwhile */
function promise(name: string, files: string, refuses: boolean): void {
  test(
    name,
    () =>
      inFolder(async (directory) => {
        const sync = failingSync(directory);
        const data = join(directory, "data");
        await mkdir(data);
        const product = await startProduct(data, sync.env);
        const load = createLoad([exampleStream]);
        const taken = () => load.acknowledged.size;
        const refused = () => load.answers.get("503 queue_down") ?? 0;
        const stop = load.aim(Number(new URL(product.collectUrl).port), {
          connections: 16,
        });
        await until("hits are taken", () => taken() > 100);
        expect([sync.failures(), refused()]).toEqual([0, 0]);

        sync.fail(files);
        await until("syncs fail", () => sync.failures() > 0);
        if (refuses) {
          await until("hits are refused", () => refused() > 20);
          const before = taken();
          const until200 = refused() + 200;
          await until("many more are refused", () => refused() > until200);
          expect(taken()).toBe(before);
          expect(await health(product)).toBe(503);
        } else {
          const before = taken();
          await until("hits are still taken", () => taken() > before + 100 && sync.failures() > 2);
          expect(refused()).toBe(0);
          expect(await health(product)).toBe(200);
        }

        sync.fix();
        const mendedAt = taken();
        await until("hits are taken again", () => taken() > mendedAt + 100);
        await stop();
        await untilDelivered(product);
        expect(await health(product)).toBe(200);
        expect(await product.end("SIGTERM")).toBe(0);
        expect(judge(load, await readEvidence(data)).wrongs).toEqual([]);
      }),
    600_000,
  );
}

needing(noFailingSync(), () => {
  promise(
    "every sync fails: no hit is acknowledged meanwhile, none of the others is lost, and it goes on by itself",
    "",
    true,
  );
  promise("the queue's syncs fail: senders are told to retry until they work again", "queue.sqlite", true);
  promise(
    "the warehouse's syncs fail: hits are taken and wait, and become rows once they work again",
    "warehouse.duckdb",
    false,
  );
});
