/** A data folder with streams of every kind, as people make them: well, badly, and by hand. */
import { DuckDBInstance } from "@duckdb/node-api";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { warehouseFileName } from "../../../infra/local/warehouse/sql.ts";
import { exampleStream, startProduct } from "../../support/product.ts";

const invalidStream = "00000000-0000-4000-8000-00000000bad1";

/** @returns the ids: the example, one in a zone, two on one table, one on a table of somebody else's shape,
 *  and one whose document no program can read */
export async function prepareStreams(directory: string): Promise<string[]> {
  const product = await startProduct(directory);
  const ids = [exampleStream];
  for (const document of [
    { table: "crm.calls", offset: "Europe/Kyiv" },
    { table: "crm.leads", offset: "+03:00", key: "orderId" },
    { table: "crm.leads", offset: "-05:30", key: "orderId" },
    { table: "crm.wrong", offset: "UTC" },
  ])
    ids.push((await product.admin<{ id: string }>("POST", "/v1/streams", document)).id);
  const code = await product.end("SIGTERM");
  if (code !== 0) throw new Error(`The first stop ended with ${code}:\n${product.output()}`);

  const registry = new DatabaseSync(join(directory, "registry.sqlite"));
  registry
    .prepare("INSERT INTO streams(id, document) VALUES (?, ?)")
    .run(invalidStream, '{"table":"crm.calls","offset":"Mars/Olympus"}');
  registry.close();
  const warehouse = await DuckDBInstance.create(join(directory, warehouseFileName));
  const connection = await warehouse.connect();
  await connection.run("create schema if not exists crm");
  await connection.run("create table crm.wrong(hit_id integer, note varchar not null)");
  connection.closeSync();
  warehouse.closeSync();
  return [...ids, invalidStream];
}
