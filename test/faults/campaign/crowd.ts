/** Many streams whose tables are all new, beside three whose tables are sick: killed when each healthy
 *  one has a row, the next run owes them all their views. */
import { DuckDBInstance } from "@duckdb/node-api";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { warehouseFileName } from "../../../infra/local/warehouse/sql.ts";
import { startProduct, type Product } from "../../support/product.ts";
import { until } from "../../support/until.ts";
import { readEvidence } from "./evidence/evidence.ts";
import { createKills } from "./evidence/in-flight.ts";
import { judge, type Verdict } from "./evidence/judge.ts";
import { createLoad, type Load } from "./load.ts";

const columns =
  "hit_id varchar, payload varchar, received_at bigint, date date, content_type varchar, payload_bytes blob, stream_ref varchar, is_test boolean";
/** One has another shape, one refuses all rows, one refuses about half of them. */
const sickTables: Readonly<Record<string, string>> = {
  shape: "hit_id integer, note varchar not null",
  refuses: `${columns}, check (length(payload) < 0)`,
  half: `${columns}, check (hit_id < '8')`,
};

/** For each healthy stream. A refused row costs a transaction of its own: they wait longer
 *  than all healthy hits. */
const sickShare = 1 / 2;

const idOf = (group: string, index: number): string =>
  `00000000-0000-4000-8000-${group}${String(index).padStart(8, "0")}`;

/** @param directory a fresh one
 *  @param count of the healthy streams */
export async function crowd(directory: string, count: number): Promise<Verdict> {
  await mkdir(directory, { recursive: true });
  const { healthy, sick } = await prepare(directory, count);
  const loads = [createLoad(healthy), createLoad(sick)] as const;
  await untilEachHasRows(directory, count, loads);
  const all = bothOf(loads);
  const kills = createKills(all);
  await kills.note(directory);
  // No hit comes any more: what this run makes, the last one has left.
  const product = await startProduct(directory);
  // The table of another shape takes no rows, and has no view.
  const views = "duckdb_views() where schema_name = 'crowd' and view_name like '%_unique'";
  await until("each has its view, and nothing waits", async () => {
    const { queue } = await product.admin<{ queue?: { waiting?: number } }>("GET", "/v1/status");
    return queue?.waiting === 0 && (await countOf(product, views)) === count + 2;
  });
  const code = await product.end("SIGTERM");
  if (code !== 0)
    throw new Error(`The crowd's last stop ended with ${code}:\n${product.output().slice(-4_000)}`);
  const verdict = judge(all, await readEvidence(directory), { kills: kills.repeats });
  return { ...verdict, wrongs: [...verdict.wrongs, ...kills.wrongs] };
}

/** Killed as soon as it is so, while hits of the sick ones still wait. */
async function untilEachHasRows(directory: string, count: number, loads: readonly Load[]): Promise<void> {
  const product = await startProduct(directory);
  let ended = false;
  void product.closed.then(() => (ended = true));
  const send = async (load: Load, isEnough: () => boolean): Promise<void> => {
    const stop = load.aim(Number(new URL(product.collectUrl).port), { connections: 8, largeShare: 0 });
    await until("enough hits are stored", () => ended || isEnough());
    await stop();
  };
  const [healthy, sick] = loads as [Load, Load];
  const reached = () => new Set([...healthy.acknowledged.values()].map(({ stream }) => stream)).size;
  const sending = Promise.all([
    send(healthy, () => reached() === count),
    send(sick, () => sick.acknowledged.size >= sickShare * count),
  ]);
  try {
    const full =
      "duckdb_tables() where schema_name = 'crowd' and table_name like 'healthy%' and estimated_size > 0";
    await until(
      "each healthy table has rows while three are sick",
      async () => (await countOf(product, full)) === count,
    );
  } catch (error) {
    throw new Error(product.output().slice(-4_000), { cause: error });
  } finally {
    await product.end("SIGKILL");
    await sending;
  }
}

async function prepare(directory: string, count: number): Promise<{ healthy: string[]; sick: string[] }> {
  const product = await startProduct(directory);
  await product.end("SIGTERM");
  const healthy = Array.from({ length: count }, (_, index) => idOf("aaaa", index));
  const sick = Object.keys(sickTables).map((_, index) => idOf("bbbb", index));
  const registry = new DatabaseSync(join(directory, "registry.sqlite"));
  const insert = registry.prepare("INSERT INTO streams(id, document) VALUES (?, ?)");
  const put = (id: string, table: string) =>
    insert.run(id, JSON.stringify({ table: `crowd.${table}`, offset: "UTC" }));
  registry.exec("BEGIN");
  for (const [index, id] of healthy.entries()) put(id, `healthy${index}`);
  for (const [index, table] of Object.keys(sickTables).entries()) put(sick[index]!, table);
  registry.exec("COMMIT");
  registry.close();
  const warehouse = await DuckDBInstance.create(join(directory, warehouseFileName));
  const connection = await warehouse.connect();
  await connection.run("create schema crowd");
  for (const [table, columns] of Object.entries(sickTables))
    await connection.run(`create table crowd.${table}(${columns})`);
  connection.closeSync();
  warehouse.closeSync();
  return { healthy, sick };
}

async function countOf(product: Product, from: string): Promise<number> {
  const sql = `select count(*) from ${from}`;
  const { rows } = await product.admin<{ rows: unknown[][] }>("POST", "/v1/query", { sql });
  return Number(rows[0]![0]);
}

function bothOf([one, other]: readonly [Load, Load]): Parameters<typeof judge>[0] & Pick<Load, "isResent"> {
  return {
    acknowledged: new Map([...one.acknowledged, ...other.acknowledged]),
    sent: new Set([...one.sent, ...other.sent]),
    broken: [...one.broken, ...other.broken],
    isResent: (hit) => one.isResent(hit) || other.isResent(hit),
  };
}
