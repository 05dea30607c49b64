import { expect, test } from "@jest/globals";
import type { Hit } from "../../functions/hit.ts";
import { missedHits } from "../../functions/hits/missed.ts";
import { makeRow, rowColumns, rowSpec } from "../../functions/hits/row.ts";
import { holds } from "../../functions/hits/sought.ts";
import { memoryRegistry } from "../support/doubles/memory-registry.ts";
import { memoryWarehouse } from "../support/doubles/memory-warehouse.ts";

const stream = "11111111-1111-4111-8111-111111111111";
const at = Date.UTC(2026, 10, 20, 10);
const part = (name: string, value: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;

test("what a viewer missed is looked through as rows have it, whatever it was sent as", async () => {
  const [registry, warehouse] = [memoryRegistry(), memoryWarehouse()];
  registry.put(stream, { table: "shop.orders", offset: "UTC" });
  const table = { dataset: "shop", table: "orders" };
  await warehouse.createDataset(table);
  await warehouse.createTable(table, rowSpec);
  const pad = "x".repeat(500);
  const sent: Pick<Hit, "body" | "content_type">[] = [
    { body: Buffer.from(JSON.stringify({ pad, name: "Zoë" })), content_type: "application/json" },
    {
      body: Buffer.from(`pad=${pad}&name=Zo\xeb`, "latin1"),
      content_type: "application/x-www-form-urlencoded; charset=latin1",
    },
    {
      body: Buffer.from(`${part("pad", pad)}${part("name", "Zoë")}--b--\r\n`),
      content_type: "multipart/form-data; boundary=b",
    },
  ];
  const rows = await Promise.all(
    sent.map((one, index) =>
      makeRow(
        {
          ...one,
          hit_id: `aaaaaaaa-0000-4000-8000-00000000000${index}`,
          stream_id: stream,
          received_at: at + index,
        },
        "2026-11-20",
      ),
    ),
  );
  await warehouse.append(table, rowColumns, rows, { deadlineMs: 1_000 });
  const missed = await missedHits(
    { registry, warehouse, defaultDataset: "shop", productDataset: "afterclick" },
    stream,
    at,
  );
  expect(missed.map(({ hit }) => hit.received_at)).toEqual([at, at + 1, at + 2]);
  expect(await Promise.all(missed.map(({ sent: one }) => holds(one!, "name=zoë")))).toEqual([
    true,
    true,
    true,
  ]);
});
