/** Appends a row at a time to a table that is folded all the time, and says each row that is there for good.
 *  Started by fold.test.ts, which kills it. */
import { openDatabase } from "../../infra/local/warehouse/file/duckdb.ts";
import { openStore } from "../../infra/local/warehouse/store.ts";
import { appendOne, foldSettings, orders, ordersSpec } from "./folding.ts";

const [directory, from] = process.argv.slice(2);
const settings = foldSettings(directory!);
const database = await openDatabase(settings);
const store = await openStore(database, settings);
await store.createDataset(orders);
await store.createTable({ table: orders, spec: ordersSpec });
for (let number = Number(from); ; number += 1) {
  await appendOne(store, `h${number}`);
  process.stdout.write(`${number}\n`);
}
