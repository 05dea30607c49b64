import { afterEach, expect, test } from "@jest/globals";
import type { Checked } from "../../functions/activity/check.ts";
import type { ActivityList } from "../../functions/activity/read.ts";
import { inFolder } from "../support/folder.ts";
import { needing } from "../support/needs.ts";
import { clockFrom, noWrongClock } from "../support/machine/wrong-clock.ts";
import { endAll, settled, startProduct, type Product } from "../support/product.ts";
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
      // All is sent and killed within one minute of the server's: it lasts ten of ours, longer than a test
      // may.
      const before = await startProduct(directory, clockFrom("2026-11-26 12:00:00", 0.1));
      const { id } = await before.admin<{ id: string }>("POST", "/v1/streams", {
        table: "shop.orders",
        offset: "UTC",
      });
      const send = async (count: number) => {
        for (let n = 0; n < count; n++) {
          const reply = await fetch(`${before.collectUrl}/ds/${id}`, { method: "POST", body: "orderId=N1" });
          expect(reply.status).toBe(200);
        }
        // What is not acknowledged would come again after the kill, and be counted then.
        await settled(before);
      };
      // Three that somebody saw, and 25 that nobody did before the kill.
      await send(3);
      const seen = async () => (await looked(before, id)).today.hits ?? 0;
      await until("three are seen", async () => (await seen()) === 3);
      await send(hits);
      await before.end("SIGKILL");

      const after = await startProduct(directory, clockFrom("2026-11-27 12:00:00"));
      const date = "2026-11-26";
      expect((await looked(after, id)).days.at(-2)).toMatchObject({ date, hits: 3, checked: false });
      const checked = await after.admin<Checked>("POST", "/v1/activity/check", {});
      expect(checked).toMatchObject({ differing: 1, skipped: [] });
      // A row may be there twice: rows more than hits, never fewer.
      const found = (await looked(after, id)).days.at(-2)!;
      expect(found).toMatchObject({ date, hits: 3 + hits, checked: true });
      expect(found.difference).toBeGreaterThanOrEqual(hits);
    })),
);
