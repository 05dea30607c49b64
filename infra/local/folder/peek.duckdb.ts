/** `node peek.duckdb.ts FILE` prints the page of a DuckDB file. Read-only: the log is read, not folded. */
import { createInstance } from "../warehouse/file/duckdb.ts";
import { messageOf, oneLine } from "../warehouse/sql.ts";

try {
  const instance = await createInstance(process.argv[2]!, { access_mode: "READ_ONLY", threads: "1" });
  const connection = await instance.connect();
  const rows = await connection.runAndReadAll("select page from main.house").then(
    (reader) => reader.getRows(),
    (error: unknown) => {
      if (/Table with name house does not exist/.test(messageOf(error))) return [];
      throw error;
    },
  );
  process.stdout.write(String(rows[0]?.[0] ?? ""));
  connection.closeSync();
  instance.closeSync();
} catch (error) {
  process.stderr.write(oneLine(error));
  process.exitCode = 1;
}
