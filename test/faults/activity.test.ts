import { afterEach, expect, test } from "@jest/globals";
import type { Checked } from "../../functions/activity/check.ts";
import type { ActivityList } from "../../functions/activity/read.ts";
import { inFolder } from "../support/folder.ts";
import { needing } from "../support/needs.ts";
import { clockOff, noWrongClock } from "../support/machine/wrong-clock.ts";
import { endAll, startProduct, type Product } from "../support/product.ts";
import { until } from "../support/until.ts";

afterEach(endAll);

const hits = 25;

async function looked(product: Product, id: string) {
  const { streams } = await product.admin<ActivityList>("GET", `/v1/activity?stream_id=${id}`);
  return streams[0]!;
}

needing(noWrongClock, () =>
  test("what a kill within the minute loses is about until the check, which counts the table", () =>
    inFolder(async (directory) => {
      const yesterday = await startProduct(directory, clockOff(-1));
      const { id } = await yesterday.admin<{ id: string }>("POST", "/v1/streams", {
        table: "shop.orders",
        offset: "UTC",
      });
      const send = async (product: Product) => {
        const reply = await fetch(`${product.collectUrl}/ds/${id}`, { method: "POST", body: "orderId=N1" });
        expect(reply.status).toBe(200);
      };
      const rows = async (product: Product) =>
        product
          .admin<{ rows: unknown[] }>("GET", "/v1/tables/shop.orders/rows?limit=1000")
          .then(({ rows }) => rows.length)
          .catch(() => 0);
      // Three that somebody saw, and 25 that nobody did before the kill.
      for (let n = 0; n < 3; n++) await send(yesterday);
      await until("the first rows are there", async () => (await rows(yesterday)) === 3);
      expect(await looked(yesterday, id)).toMatchObject({ today: { hits: 3, checked: false } });
      for (let n = 0; n < hits; n++) await send(yesterday);
      await until("all rows are there", async () => (await rows(yesterday)) === 3 + hits);
      await yesterday.end("SIGKILL");

      const today = await startProduct(directory);
      const before = (await looked(today, id)).days.at(-2);
      expect(before).toMatchObject({ hits: 3, checked: false });
      const checked = await today.admin<Checked>("POST", "/v1/activity/check", {});
      expect(checked).toMatchObject({ differing: 1, skipped: [] });
      const after = (await looked(today, id)).days.at(-2)!;
      expect(after).toMatchObject({ date: before!.date, hits: 3 + hits, checked: true });
      // What was delivered and not yet acknowledged came again: rows more, and perhaps not yet counted.
      expect(after.difference).toBeGreaterThanOrEqual(hits);
    })),
);
