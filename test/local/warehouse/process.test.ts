/** The warehouse's process: what its end costs, and what it never costs. */
import { afterAll, expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { openWarehouse } from "../../../infra/local/warehouse/warehouse.ts";
import { columns, row, spec } from "../../promises/warehouse/setup.ts";
import { inFolder } from "../../support/folder.ts";
import { childrenOf } from "../../support/machine/processes.ts";
import { endAll, startProduct } from "../../support/product.ts";
import { until } from "../../support/until.ts";

const orders = { dataset: "crm", table: "orders" };
const deadlineMs = 30_000;
const count = { from: orders, columns: ["hit_id"], limit: 1_000 };

afterAll(endAll);

test("killed under appends, it is opened again: nothing is lost, and what had no answer is tried again", () =>
  inFolder(async (directory) => {
    const lines: string[] = [];
    const warehouse = await openWarehouse({ directory, log: (_, message) => void lines.push(message) });
    try {
      await warehouse.createDataset(orders);
      await warehouse.createTable(orders, spec);
      const [child] = childrenOf(process.pid, "warehouse.worker");
      const written: string[] = [];
      let killed = false;
      let failed = 0;
      for (let hit = 0; hit < 40; hit++) {
        const append = warehouse.append(orders, columns, [row({ hit_id: `h${hit}` })], { deadlineMs });
        if (hit === 20) killed = process.kill(child!, "SIGKILL");
        await append.then(
          () => void written.push(`h${hit}`),
          (error: unknown) => {
            failed += 1;
            expect(error).toMatchObject({ code: "warehouse_down" });
          },
        );
      }
      expect(killed).toBe(true);
      // The one in flight, and none after it.
      expect(failed).toBeLessThanOrEqual(1);
      const found = new Set((await warehouse.select(count)).map(({ hit_id }) => hit_id));
      expect(written.filter((hit) => !found.has(hit))).toEqual([]);
      expect(lines).toEqual(["The warehouse's process ended; it is opened again."]);
    } finally {
      await warehouse.close();
    }
  }));

test("a server that is killed leaves no process and no locked file to the next one", () =>
  inFolder(async (directory) => {
    for (let round = 0; round < 3; round++) {
      const product = await startProduct(directory);
      const [child] = childrenOf(product.pid, "warehouse.worker");
      await product.end("SIGKILL");
      const next = await startProduct(directory);
      expect(childrenOf(next.pid, "warehouse.worker")).toHaveLength(1);
      await until("the first one's process is gone", () => !isAlive(child!));
      expect(await next.end("SIGTERM")).toBe(0);
    }
  }));

test("another program that holds the file for a moment is waited for", () =>
  inFolder(async (directory) => {
    await (await openWarehouse({ directory, log: () => undefined })).close();
    const holder = spawn(process.execPath, ["test/local/warehouse/holder.ts", directory], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    try {
      await once(holder.stdout, "data");
      const opening = openWarehouse({ directory, log: () => undefined });
      holder.stdin.end();
      await (await opening).close();
    } finally {
      holder.kill("SIGKILL");
    }
  }));

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
