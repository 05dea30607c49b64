/** `node evidence-run.ts FILE` prints what a warehouse's file holds, as JSON. In a process of its own: a
 *  damaged file may end whoever reads it. */
import { DuckDBInstance } from "@duckdb/node-api";
import type { Evidence, Found } from "./evidence.ts";

const found: Found[] = [];
const brokenViews: string[] = [];
const unreadable: string[] = [];

const instance = await DuckDBInstance.create(process.argv[2]!, { threads: "1" });
const connection = await instance.connect();
const rowsOf = async (sql: string) => (await connection.runAndReadAll(sql)).getRows();

for (const [schema, table] of await rowsOf(
  "select schema_name, table_name from duckdb_columns() where column_name = 'payload_bytes' and not internal " +
    "and table_oid in (select table_oid from duckdb_tables()) order by all",
)) {
  const name = `"${String(schema)}"."${String(table)}"`;
  const shown = `"${String(schema)}"."${String(table)}_unique"`;
  await collect("row", name, "coalesce(payload_bytes, encode(payload))", "null");
  await compare(name, shown).catch((error: Error) => brokenViews.push(`${shown}: ${error.message}`));
}
if ((await rowsOf("select 1 from duckdb_tables() where table_name = 'dead_letters'")).length > 0)
  await collect("dead letter", "afterclick.dead_letters", "body", "reason");
process.stdout.write(JSON.stringify({ found, brokenViews, unreadable } satisfies Evidence));
connection.closeSync();
instance.closeSync();

async function collect(where: Found["where"], from: string, bytes: string, reason: string): Promise<void> {
  // Dead letters hold the id, rows what stands for it.
  const ref = where === "row" ? "stream_ref" : "substr(sha256(stream_id), 1, 12)";
  try {
    for (const [hitId, stream, sha256, contentType, why] of await rowsOf(
      `select hit_id, ${ref}, sha256(${bytes}), content_type, ${reason} from ${from}`,
    ))
      found.push({
        hitId: String(hitId),
        stream: String(stream),
        sha256: String(sha256),
        where,
        ...(contentType !== null && { contentType: String(contentType) }),
        ...(why !== null && { reason: String(why) }),
      });
  } catch (error) {
    unreadable.push(`${from.replaceAll('"', "")}: ${(error as Error).message.split("\n")[0]}`);
  }
}

async function compare(name: string, shown: string): Promise<void> {
  const [[rows, hits, shownRows, shownHits] = []] = await rowsOf(
    `select (select count(*) from ${name}), (select count(distinct (date, hit_id)) from ${name}), ` +
      `(select count(*) from ${shown}), (select count(distinct (date, hit_id)) from ${shown})`,
  );
  if (hits !== shownRows || hits !== shownHits)
    brokenViews.push(
      `${shown}: ${rows} rows, ${hits} hits, but ${shownRows} rows and ${shownHits} hits shown`,
    );
}
