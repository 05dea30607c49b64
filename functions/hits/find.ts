import { letterWithoutPayload, selectLetters, type Letter } from "../letters/states.ts";
import type { LetterPorts } from "../letters/store.ts";
import { streamUnknown } from "../problems.ts";
import type { Backlog } from "../queue.ts";
import { type Registered, type Registry, registryDeadlineMs } from "../registry.ts";
import { readAll } from "../streams/reading.ts";
import { parseTable, tableName, type TableRef } from "../table.ts";
import { unionMax, type Value, type Warehouse } from "../warehouse.ts";
import { inParallel } from "../within.ts";
import { createSkips, searchAcross } from "./across.ts";

/** For the tables that rows may be in. */
export interface TablePorts {
  registry: Pick<Registry, "list" | "read">;
  warehouse: Pick<Warehouse, "ownTables">;
  /** The dataset of a bare table name. */
  defaultDataset: string;
  /** The product's own dataset, where nobody's rows are. */
  productDataset: string;
}

export interface FindPorts extends TablePorts, LetterPorts {
  backlog: Backlog;
  warehouse: Pick<Warehouse, "describe" | "select" | "selectUnion" | "ownTables">;
  /** How many days back a hit is looked for where nobody says; all of them where left out. */
  searchedDays?: number;
  /** Unix ms. */
  now: () => number;
}

/** Where a hit is. What was searched is said with it: "not found" means no more than that. */
export interface Found {
  readonly state: "in_table" | "waiting" | "dead_letter" | "not_found";
  readonly rows: readonly { table: string; row: Record<string, Value> }[];
  readonly letter: Letter | undefined;
  readonly queue: "waiting" | "absent" | "unknown";
  readonly searched: Searched;
  /** Unix ms: since when the oldest hit waits, whichever it is; undefined where none
   *  does or nobody can tell. */
  readonly oldestWaitingReceivedAt: number | undefined;
}

/** What says where a hit is, and nothing of what it says. */
const plainColumns = ["hit_id", "received_at", "date", "content_type", "stream_ref", "is_test"];

/** For those who may not see payloads. */
export function withoutPayloads(found: Found): Found {
  return {
    ...found,
    rows: found.rows.map(({ table, row }) => ({
      table,
      row: Object.fromEntries(Object.entries(row).filter(([name]) => plainColumns.includes(name))),
    })),
    letter: found.letter && letterWithoutPayload(found.letter),
  };
}

export interface Searched {
  /** By name, in order. */
  readonly tables: readonly string[];
  /** Tables that could not be searched. */
  readonly skipped: readonly { table: string; why: string }[];
  /** `YYYY-MM-DD`: rows of earlier days were not searched. */
  readonly since: string | undefined;
}

export interface FindOptions {
  /** `YYYY-MM-DD`: rows of earlier days are not looked at. */
  readonly since?: string | undefined;
  /** Only the table that this stream writes to now. */
  readonly streamId?: string | undefined;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined;
}

const tablesAtOnce = 8;
/** A hit that was redelivered has more rows than one; more than so many tell nothing new, and the largest
 *  ones would be too much for one answer of the warehouse. */
const rowsMax = 3;

/** Where is my hit? The queue is asked first: a hit leaves it only after it is a row or a dead letter, so
 *  that it cannot slip through between two questions.
 *  @throws stream_unknown, registry_down, queue_down, warehouse_down */
export async function findHit(ports: FindPorts, hitId: string, options: FindOptions): Promise<Found> {
  const since = options.since ?? firstDay(ports);
  const queue = await ports.backlog.find(hitId);
  const { oldest_received_at } = await ports.backlog.depth();
  const { rows, ...searched } = await searchTables(ports, hitId, { ...options, since });
  const [letter] = await selectLetters(ports, [{ column: "hit_id", is: "=", value: hitId }], { limit: 1 });
  return {
    state:
      rows.length > 0
        ? "in_table"
        : queue === "waiting"
          ? "waiting"
          : letter !== undefined
            ? "dead_letter"
            : "not_found",
    rows,
    letter,
    queue,
    searched: { ...searched, since },
    oldestWaitingReceivedAt: oldest_received_at,
  };
}

function firstDay({ searchedDays, now }: FindPorts): string | undefined {
  return searchedDays === undefined
    ? undefined
    : new Date(now() - searchedDays * 86_400_000).toISOString().slice(0, 10);
}

/** Which of the tables hold it, by a statement for many of them; then these few are asked for their rows. */
async function searchTables(
  ports: FindPorts,
  hitId: string,
  { since, streamId, signal }: FindOptions,
): Promise<Pick<Found, "rows"> & Omit<Searched, "since">> {
  const { warehouse } = ports;
  const day = since === undefined ? [] : [{ column: "date", is: ">=", value: since } as const];
  const where = [{ column: "hit_id", is: "=", value: hitId } as const, ...day];
  const rowsOf = async (table: TableRef) =>
    (await warehouse.select({ from: table, where, limit: rowsMax })).map((row) => ({
      table: tableName(table),
      row,
    }));
  const known = await tablesOf(ports, streamId);
  if (known.length === 1) return inOne(known[0]!, rowsOf);
  const sought = { columns: ["hit_id"], where, eachMax: 1, limit: unionMax };
  const { rows, tables, skipped } = await searchAcross(warehouse, known, sought, signal ? { signal } : {});
  const found = await inParallel(rows, tablesAtOnce, ({ table }) => rowsOf(table));
  return { rows: found.flat(), tables, skipped };
}

async function inOne(
  table: TableRef,
  rowsOf: (table: TableRef) => Promise<Found["rows"]>,
): Promise<Pick<Found, "rows"> & Omit<Searched, "since">> {
  const { skipped, skip } = createSkips();
  try {
    return { rows: await rowsOf(table), tables: [tableName(table)], skipped };
  } catch (error) {
    return { rows: skip(table, error), tables: [], skipped };
  }
}

/** The tables of all streams or of one, also of removed and of invalid ones, once each; where the warehouse
 *  tells, also those that streams wrote to before. */
export async function tablesOf(
  { registry, warehouse, defaultDataset, productDataset }: TablePorts,
  streamId: string | undefined,
): Promise<TableRef[]> {
  const registered =
    streamId === undefined ? await registry.list() : [await registeredStream(registry, streamId)];
  const found = new Map<string, TableRef>();
  for (const { document } of readAll(registered, { defaultDataset, productDataset })) {
    const table =
      typeof document["table"] === "string" ? parseTable(document["table"], defaultDataset) : undefined;
    if (table !== undefined) found.set(tableName(table), table);
  }
  if (streamId === undefined)
    for (const table of (await warehouse.ownTables?.()) ?? [])
      if (table.dataset !== productDataset) found.set(tableName(table), table);
  return [...found.values()];
}

async function registeredStream(registry: Pick<Registry, "read">, id: string): Promise<Registered> {
  const found = await registry.read(id, { deadlineMs: registryDeadlineMs });
  if (found === undefined) throw streamUnknown();
  return found;
}
