import { afterEach, expect, test } from "@jest/globals";
import { growTable, type Order } from "../../bench/grow.ts";
import { inFolder } from "../support/folder.ts";
import { needing } from "../support/needs.ts";
import { endAll, startProduct } from "../support/product.ts";
import { notCounted } from "../support/machine/written.ts";

afterEach(endAll);

/** What `npm run bench:large` measures with tables of several GB, small. */
needing(notCounted(), () => {
  test.each<[string, Order]>([
    ["50 B", { bodyBytes: 50, form: "text", bytes: 50 * 4_000, connections: 64 }],
    ["100 KB", { bodyBytes: 100_000, form: "json", bytes: 80_000_000, connections: 8 }],
    ["4 MB", { bodyBytes: 4_000_000, form: "text", bytes: 160_000_000, connections: 4 }],
  ])(
    "the warehouse writes at most 5 bytes for each byte of a row, with bodies of %s",
    (_name, order) =>
      inFolder(async (directory) => {
        const product = await startProduct(directory, { LOG_LEVEL: "error" });
        const { writtenByWarehouse, rowBytes } = await growTable(product, directory, order);
        expect(writtenByWarehouse / rowBytes).toBeLessThan(5);
      }),
    600_000,
  );
});
