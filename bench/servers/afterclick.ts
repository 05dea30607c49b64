/** The product as `npm start` runs it, with 1,000 streams registered beside the example. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configSchema, type Config } from "../../infra/local/config.ts";
import { textLog } from "../../infra/local/log.ts";
import { start } from "../../infra/local/start.ts";
import { readConfig } from "../../infra/config.ts";
import { serveBench } from "../child.ts";

const directory = mkdtempSync(join(tmpdir(), "afterclick-bench-"));
const config = readConfig<Config>(configSchema, {
  PORT: "0",
  ADMIN_PORT: "0",
  HOST: "127.0.0.1",
  AFTERCLICK_DATA_DIR: directory,
});
const running = await start(
  config,
  "bench",
  textLog((line) => process.stderr.write(line), "error"),
);

async function admin(path: string, body: unknown): Promise<Record<string, unknown>> {
  const reply = await fetch(running.adminUrl + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!reply.ok) throw new Error(await reply.text());
  return (await reply.json()) as Record<string, unknown>;
}

async function count(sql: string): Promise<number> {
  const { rows } = await admin("/v1/query", { sql });
  return Number((rows as number[][])[0]![0]);
}

serveBench(
  Number(new URL(running.collectUrl).port),
  {
    async streams() {
      const ids: string[] = [];
      for (let n = 0; n < 1000; n++) {
        const stream = await admin("/v1/streams", {
          table: `many.t${n}_${randomUUID().slice(0, 8)}`,
          offset: "+03:00",
        });
        ids.push(String(stream["id"]));
      }
      return ids;
    },
    rows: () =>
      count("SELECT sum(estimated_size) FROM duckdb_tables() WHERE schema_name IN ('example', 'many')"),
    hits: () => count("SELECT count(DISTINCT hit_id) FROM example.orders"),
  },
  async () => {
    await running.stop();
    rmSync(directory, { recursive: true });
  },
);
