import { afterEach, expect, test } from "@jest/globals";
import { rowSpec } from "../../functions/hits/row.ts";
import { registryDown } from "../../functions/problems.ts";
import { startViews } from "../../infra/local/views.ts";
import { openWarehouse } from "../../infra/local/warehouse/warehouse.ts";
import { inFolder } from "../support/folder.ts";
import { endAll, startProduct } from "../support/product.ts";
import { until } from "../support/until.ts";

afterEach(endAll);

test("views that a run before did not come to are made by the next start, without a hit", () =>
  inFolder(async (directory) => {
    const first = await startProduct(directory);
    await first.admin("POST", "/v1/streams", { table: "crm.leads", offset: "UTC", key: "id" });
    expect(await first.end("SIGTERM")).toBe(0);
    const table = { dataset: "crm", table: "leads" };
    const warehouse = await openWarehouse({ directory, log: () => undefined });
    await warehouse.createDataset(table);
    await warehouse.createTable(table, rowSpec);
    await warehouse.close();
    const product = await startProduct(directory);
    for (const view of ["leads_unique", "leads_current"])
      await until(`${view} is there`, () =>
        product.admin("POST", "/v1/query", { sql: `select count(*) from crm.${view}` }).then(
          () => true,
          () => false,
        ),
      );
    expect(await product.end("SIGTERM")).toBe(0);
  }));

test("where the streams cannot be listed at the start, they are listed later, and that is said once", async () => {
  let fails = 3;
  let owed = 0;
  const said: unknown[] = [];
  const views = startViews(
    { owe: () => void (owed += 1), makeOwed: async () => undefined },
    { list: async () => (fails-- > 0 ? Promise.reject(registryDown({ why: "away" })) : []) },
    { defaultDataset: "d", log: (_severity, message) => void said.push(message), everyMs: 1 },
  );
  await until("they are listed", () => owed > 0);
  views.stop();
  expect(owed).toBe(1);
  expect(said).toHaveLength(1);
});
