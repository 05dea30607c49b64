import { afterAll, expect, test } from "@jest/globals";
import { streamRef } from "../../functions/stream-ref.ts";
import { endAll, startProduct, type Product } from "../support/product.ts";
import { inFolder } from "../support/folder.ts";

afterAll(endAll);

/** What the table says of a stream, as people read it. */
async function counted(product: Product, id: string): Promise<unknown> {
  const { rows } = await product.admin<{ rows: unknown }>("POST", "/v1/query", {
    sql: `SELECT refused_reason, SUM(hits), SUM(tests), SUM(refused) FROM afterclick.activity
      WHERE stream_ref = '${streamRef(id)}' GROUP BY refused_reason ORDER BY refused_reason IS NULL, refused_reason`,
  });
  return rows;
}

test("what arrived and what was refused stands in afterclick.activity after a restart", () =>
  inFolder(async (directory) => {
    const first = await startProduct(directory);
    const { id } = await first.admin<{ id: string }>("POST", "/v1/streams", {
      table: "shop.orders",
      offset: "UTC",
    });
    const send = async (given: RequestInit = {}) =>
      (await fetch(`${first.collectUrl}/ds/${id}`, { method: "POST", body: "orderId=N1", ...given })).status;
    for (let n = 0; n < 3; n++) expect(await send()).toBe(200);
    expect(await send({ headers: { "afterclick-test": "true" } })).toBe(200);
    expect(await send({ method: "DELETE", body: null })).toBe(405);
    await first.admin("PATCH", `/v1/streams/${id}`, { state: "paused" });
    expect(await send()).toBe(503);
    expect(await first.end("SIGTERM")).toBe(0);
    // The counts of what was refused may have stayed in the queue: the second run delivers them,
    // and writes them at its end.
    const second = await startProduct(directory);
    expect(await second.end("SIGTERM")).toBe(0);
    const third = await startProduct(directory);
    expect(await counted(third, id)).toEqual([
      ["method_not_allowed", null, null, 1],
      ["stream_paused", null, null, 1],
      [null, 3, 1, null],
    ]);
    await third.end("SIGTERM");
  }));
