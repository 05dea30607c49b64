import { afterEach, expect, test } from "@jest/globals";
import { randomBytes } from "node:crypto";
import { openQueue } from "../../infra/local/queue/queue.ts";
import { inFolder } from "../support/folder.ts";
import { makeHit } from "../support/hits.ts";
import { endAll, startProduct } from "../support/product.ts";
import { untilDelivered } from "./campaign/evidence/delivered.ts";

afterEach(endAll);

test(
  "a backlog of large hits is delivered without one of them being sent back",
  () =>
    inFolder(async (directory) => {
      // A folder has all its files, or none.
      const before = await startProduct(directory);
      expect(await before.end("SIGTERM")).toBe(0);
      const queue = await openQueue({ directory, log: () => undefined });
      // Bytes that are no text: a row holds them and their closest text, three times their size.
      const hits = Array.from({ length: 60 }, () => makeHit({ body: randomBytes(1024 * 1024) }));
      for (const hit of hits) await queue.publish(hit, { deadlineMs: 20_000 });
      await queue.close();
      const product = await startProduct(directory);
      await untilDelivered(product);
      const { rows } = await product.admin<{ rows: [number][] }>("POST", "/v1/query", {
        sql: "select count(*) from example.orders",
      });
      expect(Number(rows[0]![0])).toBe(hits.length);
      expect(product.output()).not.toContain("deliver_failed");
    }),
  600_000,
);
