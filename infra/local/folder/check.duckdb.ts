/** `node check.duckdb.ts FILE` prints what is wrong with a DuckDB file that nobody has
 *  open, a line a finding. */
import { createInstance } from "../warehouse/file/duckdb.ts";
import { oneLine, warehouseFileName } from "../warehouse/sql.ts";
import { verifyTables } from "../warehouse/file/verify.ts";

try {
  const instance = await createInstance(process.argv[2]!, { access_mode: "READ_ONLY", threads: "1" });
  const connection = await instance.connect();
  const findings = await verifyTables(connection);
  process.stdout.write(findings.map((finding) => `${finding}\n`).join(""));
  connection.closeSync();
  instance.closeSync();
} catch (error) {
  process.stdout.write(`${warehouseFileName}: ${oneLine(error)}\n`);
}
