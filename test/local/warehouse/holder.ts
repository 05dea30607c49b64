/** Holds the warehouse's file of a folder, as a person's DuckDB does, until its input ends. */
import { DuckDBInstance } from "@duckdb/node-api";
import { join } from "node:path";
import { warehouseFileName } from "../../../infra/local/warehouse/sql.ts";

const instance = await DuckDBInstance.create(join(process.argv[2]!, warehouseFileName));
process.stdout.write("held\n");
process.stdin.resume().on("end", () => instance.closeSync());
