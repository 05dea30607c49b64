import { compareSchema } from "../destination.ts";
import { asProblem, schemaDiffers } from "../problem.ts";
import type { Log } from "../log.ts";
import { rowColumns, rowSpec } from "../row.ts";
import type { Stream } from "../stream.ts";
import { sibling, tableName, type TableRef } from "../table.ts";
import type { Column, Warehouse } from "../warehouse.ts";

/** What a stream says of its table. */
export type Destination = Pick<Stream, "id" | "table" | "key" | "updated">;

/** The tables that streams write into: made, adapted and given their views before the first row. */
export interface Destinations {
  /** A hit of this stream goes into its table. Of several streams on one table, the one with the lowest id owns the
   *  views: the same one after every start and in every process. */
  claim(stream: Destination): void;
  /** The last claim of the stream that owns the table's views. */
  owner(table: TableRef): Destination | undefined;
  /** The owner writes there no more: the next claim wins. */
  release(table: TableRef): void;
  /** The columns that may be written, in the order of the row; looked at again about every ten minutes. The views are
   *  made before it resolves, or beside the rows where they take longer than a second.
   *  @throws dataset_missing, schema_differs, table_forbidden, warehouse_down */
  prepare(stream: Destination): Promise<readonly Column[]>;
  /** Looks afresh next time: an append said that the table has changed. */
  forget(table: TableRef): void;
}

const lookAgainMs = 10 * 60_000;
/** After a view failed: what it failed with (a full disk, a quota) is often over sooner. */
const viewsAgainMs = 10_000;
/** Rows wait for their views so long: most often both are then there with the first row. */
const viewsWaitMs = 1_000;
const tablesMax = 10_000;

interface State {
  columns: Promise<readonly Column[]>;
  lookAt: number;
  /** Which views were made last. */
  views: string;
}

interface Claim {
  stream: Destination;
  views: string;
  /** Whether it was said that another stream wants other views. */
  warned: boolean;
}

interface Ports {
  warehouse: Warehouse;
  now: () => number;
  log: Log;
}

export function createDestinations({
  warehouse,
  now,
  log,
}: Ports): Destinations {
  const states = new Map<string, State>();
  const claims = new Map<string, Claim>();

  function claim(stream: Destination): void {
    const name = tableName(stream.table);
    const views = viewsOf(stream);
    const before = claims.get(name);
    if (before === undefined) {
      claims.set(name, { stream, views, warned: false });
      if (claims.size > tablesMax) claims.delete(claims.keys().next().value!);
      return;
    }
    const other = before.stream.id !== stream.id;
    if (other && before.views !== views && !before.warned) {
      before.warned = true;
      sharedDifferently(stream);
    }
    if (stream.id > before.stream.id) return;
    before.stream = stream;
    before.views = views;
  }

  function prepare(stream: Destination): Promise<readonly Column[]> {
    const name = tableName(stream.table);
    const views = viewsOf(stream);
    const state = states.get(name);
    if (state !== undefined && now() < state.lookAt && state.views === views)
      return state.columns;
    const columns = look(stream, (lookAt) => (looked.lookAt = lookAt));
    // Not all instances, nor all tables of one, at the same moment.
    const spread = 0.9 + Math.random() / 10;
    const looked = { columns, lookAt: now() + lookAgainMs * spread, views };
    // A failure is not remembered: the next hit tries again.
    columns.catch(() => {
      if (states.get(name) === looked) states.delete(name);
    });
    states.delete(name);
    states.set(name, looked);
    if (states.size > tablesMax) states.delete(states.keys().next().value!);
    return columns;
  }

  async function look(
    stream: Destination,
    again: (at: number) => void,
  ): Promise<readonly Column[]> {
    const columns = await adapt(stream.table);
    const making = putViews(stream, columns).then((made) => {
      if (!made) again(now() + viewsAgainMs);
    });
    await atMost(viewsWaitMs, making);
    return columns;
  }

  async function adapt(table: TableRef): Promise<readonly Column[]> {
    const found = await warehouse.describe(table);
    if (found === undefined) {
      await warehouse.createTable(table, rowSpec);
      return rowColumns;
    }
    const { differences, missing, usable } = compareSchema(found, rowColumns);
    if (differences.length > 0)
      throw schemaDiffers({
        table: tableName(table),
        differences: differences.join("; "),
      });
    if (!found.ours || missing.length === 0) return usable;
    await warehouse.addColumns(table, missing);
    return rowColumns;
  }

  /** Views are a convenience: one that cannot be made never holds up a row. @returns whether they are made */
  async function putViews(
    { table, key, updated }: Destination,
    columns: readonly Column[],
  ): Promise<boolean> {
    try {
      if (columns.some(({ name }) => name === "is_test")) {
        await warehouse.putView(sibling(table, `${table.table}_unique`), {
          kind: "unique",
          of: table,
        });
      }
      if (key !== undefined && columns.some(({ name }) => name === "fields")) {
        const definition = {
          kind: "current",
          of: table,
          key,
          ...(updated !== undefined && { updated }),
        } as const;
        await warehouse.putView(
          sibling(table, `${table.table}_current`),
          definition,
        );
      }
      return true;
    } catch (error) {
      log("WARNING", "A view could not be made; the rows arrive without it.", {
        event: "view_failed",
        table: tableName(table),
        detail: asProblem(error).message,
      });
      return false;
    }
  }

  function sharedDifferently({ table, key, updated }: Destination): void {
    log(
      "WARNING",
      "Two streams on one table need the same key and updated; the views follow the one with the lower id.",
      {
        event: "view_shared",
        table: tableName(table),
        key,
        updated,
      },
    );
  }

  return {
    claim,
    owner: (table) => claims.get(tableName(table))?.stream,
    release: (table) => claims.delete(tableName(table)),
    prepare,
    forget: (table) => states.delete(tableName(table)),
  };
}

function viewsOf({ key, updated }: Destination): string {
  return `${key ?? ""}|${updated ?? ""}`;
}

/** Resolves with the work, or without it when it takes longer; it then goes on beside. */
async function atMost(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, passed]);
  clearTimeout(timer);
}
