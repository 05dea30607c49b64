import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { Entry } from "../../functions/people/audit.ts";
import { endAll, startProduct } from "../support/product.ts";

test("whatever a stream was changed to before SIGKILL, the audit tells of", async () => {
  const folder = await mkdtemp(join(tmpdir(), "afterclick-audit-"));
  try {
    for (let round = 0; round < 3; round++) {
      const product = await startProduct(folder);
      const { id } = await product.admin<{ id: string }>("POST", "/v1/streams", {
        table: `audit.round_${round}`,
        offset: "UTC",
      });
      let answered = 0;
      const changing = (async () => {
        for (let change = 1; ; change++) {
          await product.admin("PATCH", `/v1/streams/${id}`, { name: `name ${round}.${change}` });
          answered = change;
        }
      })().catch(() => undefined);
      // Somewhere between two answers, at another place each time.
      while (answered < 5 + round) await new Promise((resolve) => setImmediate(resolve));
      await product.end("SIGKILL");
      await changing;
      const again = await startProduct(folder);
      const { name } = await again.admin<{ name: string }>("GET", `/v1/streams/${id}`);
      const { entries } = await again.admin<{ entries: Entry[] }>("GET", "/v1/audit?limit=1000");
      const told = entries.map(({ after }) => (after as { name?: string } | undefined)?.name);
      expect(told).toContain(name);
      expect(Number(name.split(".")[1])).toBeGreaterThanOrEqual(answered);
      await again.end("SIGTERM");
    }
  } finally {
    await endAll();
    await rm(folder, { recursive: true, force: true });
  }
});
