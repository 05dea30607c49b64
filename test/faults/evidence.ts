/** What the warehouse's file holds in the end, beside what senders were told. */
import { DuckDBInstance } from "@duckdb/node-api";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { warehouseFileName } from "../../infra/local/warehouse/sql.ts";
import { streamRef } from "../../functions/stream-ref.ts";
import { sha256 } from "./bodies.ts";
import type { Load } from "./load.ts";

interface Found {
  readonly hitId: string;
  readonly stream: string;
  readonly sha256: string;
  readonly contentType: string | undefined;
  readonly where: "row" | "dead letter";
}

export interface Evidence {
  readonly found: readonly Found[];
  /** Sentences; each view `_unique` shows every hit of its table once a day. */
  readonly brokenViews: readonly string[];
}

/** Reads the file of a product that has ended. A copy is opened: the evidence itself stays as it is. */
export async function readEvidence(directory: string): Promise<Evidence> {
  const copy = await mkdtemp(join(tmpdir(), "afterclick-evidence-"));
  try {
    const file = join(copy, warehouseFileName);
    await copyFile(join(directory, warehouseFileName), file);
    await copyFile(join(directory, `${warehouseFileName}.wal`), `${file}.wal`).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error; // without one the last checkpoint took everything
      },
    );
    return await read(file);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function read(file: string): Promise<Evidence> {
  const instance = await DuckDBInstance.create(file, { threads: "1" });
  const connection = await instance.connect();
  try {
    const rowsOf = async (sql: string) => (await connection.runAndReadAll(sql)).getRows();
    const found: Found[] = [];
    // Dead letters hold the id, rows what stands for it.
    const refs = { row: "stream_ref", "dead letter": "substr(sha256(stream_id), 1, 12)" } as const;
    const collect = async (where: Found["where"], from: string, bytes: string) => {
      for (const [hitId, stream, sha256, contentType] of await rowsOf(
        `select hit_id, ${refs[where]}, sha256(${bytes}), content_type from ${from}`,
      ))
        found.push({
          hitId: String(hitId),
          stream: String(stream),
          sha256: String(sha256),
          contentType: contentType === null ? undefined : String(contentType),
          where,
        });
    };
    const brokenViews: string[] = [];
    for (const [schema, table] of await rowsOf(
      "select schema_name, table_name from duckdb_columns() where column_name = 'payload_bytes' and not internal " +
        "and table_oid in (select table_oid from duckdb_tables()) order by all",
    )) {
      const name = `"${String(schema)}"."${String(table)}"`;
      await collect("row", name, "coalesce(payload_bytes, encode(payload))");
      const shown = `"${String(schema)}"."${String(table)}_unique"`;
      const [[rows, hits, shownRows, shownHits] = []] = await rowsOf(
        `select (select count(*) from ${name}), (select count(distinct (date, hit_id)) from ${name}), ` +
          `(select count(*) from ${shown}), (select count(distinct (date, hit_id)) from ${shown})`,
      );
      if (hits !== shownRows || hits !== shownHits)
        brokenViews.push(
          `${shown}: ${rows} rows, ${hits} hits, but ${shownRows} rows and ${shownHits} hits shown`,
        );
    }
    const letters = await rowsOf("select 1 from duckdb_tables() where table_name = 'dead_letters'");
    if (letters.length > 0) await collect("dead letter", "afterclick.dead_letters", "body");
    return { found, brokenViews };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

export interface Verdict {
  readonly acknowledged: number;
  readonly rows: number;
  readonly deadLetters: number;
  /** Rows and dead letters beyond the first of a hit. */
  readonly repeats: number;
  /** Hits that arrived though no sender saw their 200. */
  readonly unseen: number;
  /** Sentences, empty where every promise was kept; at most `wrongsMax` of a sort. */
  readonly wrongs: readonly string[];
}

const wrongsMax = 5;
const emptySha256 = sha256(new Uint8Array(0));

/** Every hit of a 200 is there exactly as sent, nothing is there that nobody sent. */
export function judge(
  load: Pick<Load, "acknowledged" | "sent" | "broken">,
  { found, brokenViews }: Evidence,
): Verdict {
  const lost: string[] = [];
  const altered: string[] = [];
  const strange: string[] = [];
  const where = new Map<string, Set<Found["where"]>>();
  const hitOf = new Map<string, string>();
  const doubled: string[] = [];
  for (const one of found) {
    // No body but the empty one is sent twice, except under the name of its delivery.
    const other = hitOf.get(one.sha256) ?? one.hitId;
    if (other !== one.hitId && one.sha256 !== emptySha256)
      doubled.push(`${one.hitId} and ${other} are one delivery`);
    hitOf.set(one.sha256, one.hitId);
    const places = where.get(one.hitId) ?? new Set();
    where.set(one.hitId, places.add(one.where));
    const kept = load.acknowledged.get(one.hitId);
    if (kept === undefined) {
      if (!load.sent.has(one.sha256)) strange.push(`${one.where} ${one.hitId} is nothing that was sent`);
    } else if (
      kept.sha256 !== one.sha256 ||
      streamRef(kept.stream) !== one.stream ||
      kept.contentType !== one.contentType
    )
      altered.push(`${one.where} ${one.hitId} (${kept.kind}) is not as it was sent`);
  }
  for (const [hitId, { kind, stream }] of load.acknowledged)
    if (!where.has(hitId)) lost.push(`${hitId} (${kind}, to ${stream}) is neither a row nor a dead letter`);
  const both = [...where]
    .filter(([, places]) => places.size > 1)
    .map(([hitId]) => `${hitId} is a row and a dead letter`);
  const few = (all: readonly string[]) =>
    all.length > wrongsMax ? [...all.slice(0, wrongsMax), `… ${all.length} of this sort`] : all;
  const rows = found.filter((one) => one.where === "row").length;
  return {
    acknowledged: load.acknowledged.size,
    rows,
    deadLetters: found.length - rows,
    repeats: found.length - where.size,
    unseen: [...where.keys()].filter((hitId) => !load.acknowledged.has(hitId)).length,
    wrongs: [
      ...few(load.broken),
      ...few(lost),
      ...few(altered),
      ...few(strange),
      ...few(both),
      ...few(doubled),
      ...brokenViews,
    ],
  };
}
