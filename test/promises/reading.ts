import { expect } from "@jest/globals";
import { createAdmin } from "../../functions/api/admin.ts";
import { createCollect } from "../../functions/collect/collect.ts";
import type { Hit } from "../../functions/hit.ts";
import { makeRow, rowColumns, rowSpec } from "../../functions/hits/row.ts";
import { letterRow } from "../../functions/letters/letter.ts";
import { letterStore } from "../../functions/letters/store.ts";
import { isProblem } from "../../functions/problem.ts";
import { overloaded, tableMissing, warehouseDown } from "../../functions/problems.ts";
import { readStream } from "../../functions/streams/stream.ts";
import { sibling, tableName, type TableRef } from "../../functions/table.ts";
import type { Value, Warehouse } from "../../functions/warehouse.ts";
import { inParallel } from "../../functions/within.ts";
import { openDoor } from "../../infra/http.ts";
import { openAdmin } from "../support/admin.ts";
import { afterclick } from "../support/cli.ts";
import { readCsv } from "../support/csv.ts";
import { request } from "../support/request.ts";
import { until } from "../support/until.ts";
import { badBodies } from "../support/wire/bad-bodies.ts";
import { promiseSuite } from "./suite.ts";
import type { OpenWarehouse } from "./warehouse/setup.ts";

/** What is read of odd bodies is what was sent, by whatever way it is read, on every ground. */

const streamId = "722ed95e-9f07-45f6-a0b7-28bf2d0315e5";
const receivedAt = 1_603_131_452_000;
const date = "2020-10-19";
const productDataset = "afterclick";
/** All but the largest, which have answers of their own. */
const usualBytesMax = 2 * 1024 * 1024;
/** What one append takes, as deliver cuts its batches. */
const appendBytesMax = 2 * 1024 * 1024;

interface Sent {
  readonly name: string;
  readonly hit: Hit;
  readonly body: Buffer;
  readonly payload: string;
  readonly payloadBytes: string | null;
  readonly fields: unknown;
}

/** What a way of reading tells of a hit; what it does not tell is left out. */
interface Read {
  readonly payload?: unknown;
  readonly payloadBytes?: unknown;
  readonly fields?: unknown;
  readonly body?: unknown;
}

interface Ground {
  readonly warehouse: Warehouse;
  readonly table: TableRef;
  freshTable(): TableRef;
}

type Ways = Readonly<Record<string, () => Promise<ReadonlyMap<string, Read>>>>;

async function oddHits(isMeant: (body: Buffer) => boolean): Promise<Sent[]> {
  const hits: Hit[] = [];
  const collect = createCollect({
    streams: {
      forget: () => undefined,
      get: (id) => readStream(id, { table: "d.t", offset: "UTC" }, { defaultDataset: "d" }),
    },
    queue: {
      publish: async (hit) => void hits.push(hit),
      check: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    now: () => receivedAt,
  });
  const odd = badBodies().filter(({ status = 200, body, kept = body }) => status === 200 && isMeant(kept));
  const sent: Sent[] = [];
  for (const { name, headers, body, kept = body } of odd) {
    // A busy machine may have no time to inflate the largest one: its sender would come again.
    await until(`${name} is taken`, async () => {
      try {
        return (await collect(request({ path: `/ds/${streamId}`, headers, body }))).status === 200;
      } catch (error) {
        if (isProblem(error, overloaded)) return false;
        throw error;
      }
    });
    const hit = hits.at(-1)!;
    const row = await makeRow(hit, date);
    const value = (column: string) => row[rowColumns.findIndex((one) => one.name === column)] ?? null;
    sent.push({
      name,
      hit,
      body: kept,
      payload: String(value("payload")),
      payloadBytes: base64(value("payload_bytes")),
      fields: parsed(value("fields")),
    });
  }
  return sent;
}

const base64 = (value: unknown): string | null =>
  value instanceof Uint8Array ? Buffer.from(value).toString("base64") : ((value ?? null) as string | null);
const parsed = (text: unknown): unknown =>
  text === null || text === undefined ? null : JSON.parse(String(text));
const readRow = (row: Readonly<Record<string, unknown>>): Read => ({
  payload: row["payload"],
  payloadBytes: base64(row["payload_bytes"]),
  fields: typeof row["fields"] === "string" ? parsed(row["fields"]) : (row["fields"] ?? null),
});
const byHit = (rows: readonly Readonly<Record<string, unknown>>[]) =>
  new Map(rows.map((row) => [String(row["hit_id"]), readRow(row)]));

/** @param cannot promises that the driver declines, by name, each with its reason */
export function readingPromises(
  driver: string,
  open: OpenWarehouse,
  cannot: Record<string, string> = {},
): void {
  const { promise, end } = promiseSuite<Ground>(
    driver,
    async () => {
      const opened = await open();
      return {
        setup: {
          warehouse: opened.warehouse,
          table: opened.freshTable(),
          freshTable: () => opened.freshTable(),
        },
        close: () => opened.close(),
      };
    },
    cannot,
  );

  promise("the body is what the docs say it is, in the one SQL text", async ({ warehouse, table }) => {
    const sent = await oddHits(({ length }) => length <= usualBytesMax);
    await fill(warehouse, table, sent);
    const body = "TO_BASE64(COALESCE(payload_bytes, CAST(payload AS BYTES)))";
    const { rows } = await warehouse.query(`SELECT hit_id, ${body} FROM ${tableName(table)}`, {
      rowsMax: sent.length,
      deadlineMs: 60_000,
    });
    const found = new Map(rows as [string, string][]);
    for (const { name, hit, body } of sent)
      expect([name, found.get(hit.hit_id)]).toEqual([name, body.toString("base64")]);
  });

  promise("119 odd bodies are read as they were sent on 11 ways", async (ground) => {
    const sent = await oddHits(({ length }) => length <= usualBytesMax);
    expect(sent.length).toBeGreaterThanOrEqual(119);
    expect(await readOnAllWays(ground, sent)).toBe(sent.length * 11);
  });

  promise("the largest bodies are read as they were sent on 11 ways", async (ground) => {
    const sent = await oddHits(({ length }) => length > usualBytesMax);
    expect(sent.length).toBeGreaterThanOrEqual(3);
    // One answer does not hold them all.
    for (const one of sent)
      expect(await readOnAllWays({ ...ground, table: ground.freshTable() }, [one])).toBe(11);
  });

  end();
}

/** @returns how many reads were compared */
async function readOnAllWays(
  { warehouse, table }: Pick<Ground, "warehouse" | "table">,
  sent: readonly Sent[],
): Promise<number> {
  await fill(warehouse, table, sent);
  const { registry, ...ports } = await openAdmin({ warehouse });
  await registry.write(streamId, { table: tableName(table), offset: "UTC" }, null);
  const door = await openDoor(createAdmin({ ...ports, registry, warehouse }), {
    host: "127.0.0.1",
    port: 0,
    log: () => undefined,
  });
  try {
    const all = {
      ...waysOfTheWarehouse(warehouse, table, sent.length),
      ...waysOfPeople(door.url, ports.ask, table, sent),
    };
    expect(Object.keys(all)).toHaveLength(11);
    let reads = 0;
    for (const [way, read] of Object.entries(all)) {
      const found = await read();
      for (const one of sent) {
        const is = found.get(one.hit.hit_id);
        const wanted = Object.fromEntries(
          Object.keys(is ?? {}).map((what) => [
            what,
            what === "body" ? one.body.toString("base64") : one[what as keyof Sent],
          ]),
        );
        expect({ way, name: one.name, ...is }).toEqual({ way, name: one.name, ...wanted });
        expect(Object.keys(wanted)).not.toEqual([]);
        // What a way does not tell apart is told by the others: the bytes are always there.
        if (is?.payload !== undefined && is.payloadBytes !== undefined)
          expect(bytesOf(is).equals(one.body)).toBe(true);
        reads += 1;
      }
    }
    return reads;
  } finally {
    await door.drain();
  }
}

const bytesOf = ({ payload, payloadBytes }: Read) =>
  payloadBytes === null ? Buffer.from(String(payload)) : Buffer.from(String(payloadBytes), "base64");

/** The rows of all, and a dead letter of each. */
async function fill(warehouse: Warehouse, table: TableRef, sent: readonly Sent[]): Promise<void> {
  const options = { deadlineMs: 60_000 };
  await warehouse.createDataset({ dataset: productDataset, table: "" });
  await warehouse.createTable(table, rowSpec);
  for (const some of batches(sent)) {
    const rows = await Promise.all(some.map(({ hit }) => makeRow(hit, date)));
    await written(() => warehouse.append(table, rowColumns, rows, options));
  }
  await warehouse.putView(sibling(table, `${table.table}_unique`), { kind: "unique", of: table });
  await warehouse.putView(sibling(table, `${table.table}_current`), {
    kind: "current",
    of: table,
    key: "no.such",
  });
  const store = letterStore({ warehouse, productDataset, log: () => undefined });
  await store.ensure();
  for (const some of batches(sent)) {
    const letters = some.map(({ hit }) => letterRow(hit, { reason: "gave_up", detail: "x", at: receivedAt }));
    await written(() => store.append("letters", letters, options));
  }
  const states = { dataset: productDataset, table: "dead_letter_states" };
  for (const from of [table, states])
    await until("all are there", async () => {
      const found = await warehouse.select({ from, columns: ["hit_id"], limit: 1_000 });
      return found.length >= sent.length;
    });
}

function batches(sent: readonly Sent[]): Sent[][] {
  const all: Sent[][] = [[]];
  let bytes = 0;
  for (const one of sent) {
    bytes += one.body.length;
    if (bytes > appendBytesMax && all.at(-1)!.length > 0) {
      all.push([]);
      bytes = one.body.length;
    }
    all.at(-1)!.push(one);
  }
  return all;
}

/** A table that was made a moment ago may not be found yet. */
async function written(append: () => Promise<void>): Promise<void> {
  await until("the rows are written", () =>
    append().then(
      () => true,
      (error: unknown) => {
        if (isProblem(error, tableMissing, warehouseDown)) return false;
        throw error;
      },
    ),
  );
}

const columns = ["hit_id", "payload", "payload_bytes", "fields"];

function waysOfTheWarehouse(warehouse: Warehouse, table: TableRef, limit: number): Ways {
  const selection = (from: TableRef) => ({ from, columns, limit });
  const rowsOf = (rows: readonly Record<string, Value>[]) => byHit(rows);
  const query = async (sql: string) => {
    const { columns, rows } = await warehouse.query(sql, { rowsMax: limit, deadlineMs: 60_000 });
    return rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index]])));
  };
  return {
    select: async () => rowsOf(await warehouse.select(selection(table))),
    "select some": async () => rowsOf((await warehouse.selectSome(selection(table))).rows),
    unique: async () => rowsOf(await warehouse.select(selection(sibling(table, `${table.table}_unique`)))),
    current: async () => rowsOf(await warehouse.select(selection(sibling(table, `${table.table}_current`)))),
    query: async () => byHit(await query(`SELECT ${columns.join(", ")} FROM ${tableName(table)}`)),
  };
}

function waysOfPeople(
  url: string,
  ask: Awaited<ReturnType<typeof openAdmin>>["ask"],
  table: TableRef,
  sent: readonly Sent[],
): Ways {
  const name = tableName(table);
  const cli = async (...argv: string[]) => {
    const { code, out, err } = await afterclick(argv, { url });
    if (code !== 0) throw new Error(err);
    return out;
  };
  const each = async (path: string, read: (json: Record<string, unknown>) => Read) => {
    const found = await inParallel(sent, 8, async ({ hit }) => {
      const { status, json } = await ask("GET", `${path}/${hit.hit_id}`);
      expect(status).toBe(200);
      return [hit.hit_id, read(json as unknown as Record<string, unknown>)] as const;
    });
    return new Map(found);
  };
  return {
    "GET rows": async () => {
      const { json } = await ask("GET", `/v1/tables/${name}/rows?limit=${sent.length}`);
      const names = json.columns as string[];
      return byHit(
        (json.rows as unknown[][]).map((row) => Object.fromEntries(names.map((one, at) => [one, row[at]]))),
      );
    },
    "GET hit": () =>
      each("/v1/hits", ({ rows }) => readRow((rows as { row: Record<string, unknown> }[])[0]!.row)),
    "GET dead letter": () =>
      each("/v1/dead-letters", ({ text, body_base64 }) => ({ payload: text, body: body_base64 })),
    "rows --json": async () =>
      byHit(
        JSON.parse(await cli("rows", name, "--all", "--json", "--limit", String(sent.length))) as Record<
          string,
          unknown
        >[],
      ),
    "query --json": async () =>
      byHit(
        JSON.parse(
          await cli("query", `SELECT ${columns.join(", ")} FROM ${name}`, "--json", "--raw"),
        ) as Record<string, unknown>[],
      ),
    "query --csv": async () => {
      const [names, ...rows] = readCsv(
        await cli("query", `SELECT ${columns.join(", ")} FROM ${name}`, "--csv"),
      );
      return byHit(rows.map((row) => Object.fromEntries(names!.map((one, at) => [one, row[at]]))));
    },
  };
}
