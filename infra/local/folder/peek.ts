import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { DatabaseSync } from "node:sqlite";
import { pageIn, parsePage, type Page, type StoreName } from "./page.ts";

/** The page of a file that nobody has open. DuckDB reads in a process of its own: the server's has one place
 *  that opens the warehouse, and a damaged file may end whoever looks at it.
 *  @returns undefined where it has none
 *  @throws Error where it cannot be read so */
export async function peek(store: StoreName, file: string): Promise<Page | undefined> {
  return store === "warehouse" ? peekDuckdb(file) : peekSqlite(file);
}

function peekSqlite(file: string): Page | undefined {
  const db = new DatabaseSync(file, { timeout: 1_000 });
  try {
    return pageIn(db);
  } finally {
    db.close();
  }
}

const script = fileURLToPath(new URL("./peek.duckdb.ts", import.meta.url));

async function peekDuckdb(file: string): Promise<Page | undefined> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, file], { env: {} });
  return parsePage(stdout);
}
