import { BoundedMap } from "../bounded.ts";
import { compareSchema } from "../destination.ts";
import { elapsedMs, type Elapsed } from "../elapsed.ts";
import { asProblem } from "../problem.ts";
import { schemaDiffers } from "../problems.ts";
import type { Log } from "../log.ts";
import { rowColumns, rowSpec } from "../hits/row.ts";
import {
  definitionsOf,
  orderingText,
  type Ordering,
  viewName,
  viewsOf,
} from "../streams/tables/definitions.ts";
import type { Stream } from "../streams/stream.ts";
import type { Writers } from "../streams/writers.ts";
import { streamRef } from "../stream-ref.ts";
import { tableName, type TableRef } from "../table.ts";
import type { Column, Warehouse } from "../warehouse.ts";
import { inParallel, within } from "../within.ts";
import { sortFailure } from "./failure.ts";

/** What a stream says of its table. */
export type Destination = Ordering & Pick<Stream, "id">;

/** The tables that streams write into: made, adapted and given their views before the first row. */
export interface Destinations {
  /** A hit of this stream goes into its table. Of several streams on one table, the one with the lowest id
   *  that this process has seen owns the views. */
  claim(stream: Destination): void;
  /** The last claim of the stream that owns the table's views. */
  owner(table: TableRef): Destination | undefined;
  /** The owner writes there no more: the next claim wins. */
  release(table: TableRef): void;
  /** The columns that may be written, in the order of the row. The first rows wait until the table is known
   *  and, for a second at most, until its views are made; later looks go on beside the rows.
   *  @throws dataset_missing, schema_differs, table_forbidden, warehouse_down */
  prepare(stream: Destination): Promise<readonly Column[]>;
  /** Looks afresh next time: an append said that the table has changed. */
  forget(table: TableRef): void;
  /** A person says that it is fixed: a failure is no longer remembered. */
  fixed(table: TableRef): void;
  /** Nobody knows whether the views of this stream's table were made: they count as owed. */
  owe(stream: Destination): void;
  /** Makes owed views whose time has come, of tables that are there. Whoever has the time calls it: no hit of
   *  such a table may come for long. Never rejects, reads no table. */
  makeOwed(): Promise<void>;
}

const lookAgainMs = 10 * 60_000;
/** Views are the product's own and change with the stream's document, which is noticed at once. */
const viewsLookAgainMs = 60 * 60_000;
/** After what passes by itself: a full disk, a quota, an outage. */
const soonMs = 10_000;
/** What a person must fix is not looked at for each hit: the calls would take the quota
 *  that well tables need. */
const failedMs = 5_000;
/** Rows wait for their views so long: most often both are then there with the first row. */
const viewsWaitMs = 1_000;
const tablesMax = 10_000;
/** The list of all streams is read for views alone, once an hour: it costs a read for each stream. */
const listedMs = viewsLookAgainMs;
/** Where a hit shows that the list is out of date. */
const listedAgainMs = 5_000;
/** Owed views are tried more and more seldom, down to this; a look at the table,
 *  where hits come, is sooner. */
const owedMsMax = 15 * 60_000;
/** A view that hangs holds up no other. */
const viewsAtOnce = 8;

interface State {
  columns: Promise<readonly Column[]>;
  /** What the last look found that worked. */
  known: readonly Column[] | undefined;
  /** Whether a person must fix the table. */
  failed: boolean;
  lookAt: number;
  /** Which views were asked for last, and when they are looked at again. */
  views: string;
  viewsAt: number;
}

interface Claim {
  stream: Destination;
  /** Whoever claimed last: a document that is still the same one says nothing new. */
  latest: Destination;
  ordering: string;
  /** The zones of all streams that were seen to write there, by stream_ref. */
  readonly offsets: BoundedMap<string, string>;
  /** Whether it was said that another stream wants other views. */
  warned: boolean;
}

/** Views that are not there yet. */
interface Debt {
  readonly stream: Destination;
  readonly dueAt: number;
  readonly tries: number;
}

interface Ports {
  warehouse: Warehouse;
  /** All streams of a table; those that this process has seen where left out. */
  writers?: Writers | undefined;
  elapsed?: Elapsed | undefined;
  log: Log;
}

export function createDestinations({ warehouse, writers, elapsed = elapsedMs, log }: Ports): Destinations {
  const states = new BoundedMap<string, State>(tablesMax);
  const claims = new BoundedMap<string, Claim>(tablesMax);
  const owed = new BoundedMap<string, Debt>(tablesMax);
  let fixing = false;

  function claim(stream: Destination): void {
    const name = tableName(stream.table);
    const before = claims.get(name);
    if (before?.latest === stream) return;
    const ordering = orderingText(stream);
    if (before === undefined) {
      claims.set(name, {
        stream,
        latest: stream,
        ordering,
        offsets: new BoundedMap(tablesMax),
        warned: false,
      });
      noteOffset(stream);
      return;
    }
    before.latest = stream;
    noteOffset(stream);
    const other = before.stream.id !== stream.id;
    if (other && before.ordering !== ordering && !before.warned) {
      before.warned = true;
      sharedDifferently(stream);
    }
    if (stream.id > before.stream.id) return;
    before.stream = stream;
    before.ordering = ordering;
  }

  function noteOffset({ id, table, offset }: Destination): void {
    const offsets = claims.get(tableName(table))?.offsets;
    if (offset === undefined || offsets === undefined) return;
    offsets.set(streamRef(id), offset);
  }

  function offsetsOf(table: TableRef): Record<string, string> {
    const offsets = [...(claims.get(tableName(table))?.offsets ?? [])];
    return Object.fromEntries(offsets.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** What the views of the stream's table are to show, as a text. */
  function viewsText(stream: Destination): string {
    return JSON.stringify(definitionsOf(stream, offsetsOf(stream.table)));
  }

  function prepare(stream: Destination): Promise<readonly Column[]> {
    const views = viewsText(stream);
    const state = stateOf(stream.table);
    const isNew = state.known === undefined || state.views !== views;
    if (elapsed() < state.lookAt && state.views === views) return state.columns;
    const looking = look(stream, state);
    if (isNew) return (state.columns = looking);
    const settled = () => void (state.columns = looking);
    looking.then(settled, settled);
    return state.columns;
  }

  function stateOf(table: TableRef): State {
    const name = tableName(table);
    let state = states.get(name);
    if (state === undefined) {
      state = {
        columns: Promise.resolve([]),
        known: undefined,
        failed: false,
        lookAt: 0,
        views: "",
        viewsAt: 0,
      };
      states.set(name, state);
    }
    return state;
  }

  async function look(stream: Destination, state: State): Promise<readonly Column[]> {
    const views = viewsText(stream);
    // Not all instances, nor all tables of one, at the same moment.
    state.lookAt = elapsed() + lookAgainMs * (0.9 + Math.random() / 10);
    if (state.views !== views) state.viewsAt = 0;
    state.views = views;
    try {
      const columns = await adapt(stream.table);
      // Views show the columns that were there when they were made.
      if (columns.length !== state.known?.length) state.viewsAt = 0;
      state.known = columns;
      state.failed = false;
    } catch (error) {
      return failed(stream.table, state, error);
    }
    if (elapsed() >= state.viewsAt)
      await within(viewsWaitMs, lookAtViews(stream, state, state.known), () => undefined);
    return state.known;
  }

  /** @returns what was known before, where the failure passes by itself: the table may be well,
   *  and only the look is not */
  function failed(table: TableRef, state: State, error: unknown): readonly Column[] {
    if (sortFailure(error).kind === "dead") {
      state.known = undefined;
      state.failed = true;
      state.lookAt = elapsed() + failedMs;
      throw error;
    }
    state.lookAt = elapsed() + soonMs;
    if (state.known !== undefined) return state.known;
    // The next hit tries again.
    const name = tableName(table);
    if (states.get(name) === state) states.delete(name);
    throw error;
  }

  /** Views are a convenience: one that cannot be made never holds up a row. Never rejects. */
  async function lookAtViews(stream: Destination, state: State, columns: readonly Column[]): Promise<void> {
    state.viewsAt = elapsed() + viewsLookAgainMs;
    try {
      await putViews(stream, columns);
      owed.delete(tableName(stream.table));
    } catch (error) {
      state.viewsAt = 0;
      const passes = sortFailure(error).kind === "later";
      if (passes) state.lookAt = elapsed() + soonMs;
      oweLater(stream, passes ? soonMs : owedMsMax);
      log("WARNING", "A view could not be made; the rows arrive without it.", {
        event: "view_failed",
        table: tableName(stream.table),
        detail: asProblem(error).message,
      });
    }
  }

  function oweLater(stream: Destination, pauseMs: number): void {
    const name = tableName(stream.table);
    const tries = (owed.get(name)?.tries ?? -1) + 1;
    owed.set(name, { stream, tries, dueAt: elapsed() + Math.min(pauseMs * 2 ** tries, owedMsMax) });
  }

  async function makeOwed(): Promise<void> {
    if (fixing || owed.size === 0) return;
    fixing = true;
    const due = [...owed.values()].filter(({ dueAt }) => elapsed() >= dueAt);
    await inParallel(due, viewsAtOnce, makeOwedOf);
    fixing = false;
  }

  /** Never rejects. */
  async function makeOwedOf({ stream }: Debt): Promise<void> {
    const { table } = stream;
    const name = tableName(table);
    const state = stateOf(table);
    try {
      const found = await warehouse.describe(table);
      // A hit has them made just now.
      if (elapsed() < state.viewsAt) return;
      const compared = found && compareSchema(found, rowColumns);
      // No table, or one that takes no rows: its first row has the views made.
      if (compared === undefined || compared.differences.length > 0) owed.delete(name);
      else await lookAtViews(claims.get(name)?.stream ?? stream, state, compared.usable);
    } catch {
      oweLater(stream, soonMs);
    }
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

  async function putViews(stream: Destination, columns: readonly Column[]): Promise<void> {
    const { table } = stream;
    const has = (column: string) => columns.some(({ name }) => name === column);
    if (has("is_test")) await warehouse.putView(viewName(table, "_unique"), { kind: "unique", of: table });
    if (!has("fields")) return;
    const { items, current } = await viewsOfTable(stream);
    if (items !== undefined) await warehouse.putView(viewName(table, "_items"), items);
    if (current !== undefined) await warehouse.putView(viewName(table, "_current"), current);
  }

  /** Times that name no zone are of the row's own stream, which may be one that other instances see. */
  async function viewsOfTable(stream: Destination): Promise<ReturnType<typeof definitionsOf>> {
    const { table, key, updated } = stream;
    const zones = offsetsOf(table);
    if (writers === undefined || key === undefined || updated === undefined)
      return definitionsOf(stream, zones);
    try {
      let listed = await writers.of(table, listedMs);
      if (!knowsAll(listed, stream, zones)) listed = await writers.of(table, listedAgainMs);
      return listed.length === 0 ? definitionsOf(stream, zones) : viewsOf(listed);
    } catch (error) {
      log("WARNING", "The streams cannot be listed; a view goes by the zones of those that were seen.", {
        event: "zones_not_listed",
        table: tableName(table),
        detail: asProblem(error).message,
      });
      return definitionsOf(stream, zones);
    }
  }

  function sharedDifferently({ table, key, updated, items }: Destination): void {
    log(
      "WARNING",
      "Two streams on one table need the same key, updated and items; the views follow the one with the lower id.",
      { event: "view_shared", table: tableName(table), key, updated, items },
    );
  }

  return {
    claim,
    owner: (table) => claims.get(tableName(table))?.stream,
    release: (table) => claims.delete(tableName(table)),
    prepare,
    forget: (table) => states.delete(tableName(table)),
    fixed(table) {
      const name = tableName(table);
      if (states.get(name)?.failed === true) states.delete(name);
    },
    owe(stream) {
      claim(stream);
      owed.set(tableName(stream.table), { stream, tries: 0, dueAt: elapsed() });
    },
    makeOwed,
  };
}

/** Whether the list knows what the hits have shown. @param shown zones by stream_ref */
function knowsAll(
  listed: readonly Stream[],
  stream: Destination,
  shown: Readonly<Record<string, string>>,
): boolean {
  const own = listed.find(({ id }) => id === stream.id);
  const zones = new Map(listed.map(({ id, offset }) => [streamRef(id), offset]));
  return (
    own !== undefined &&
    orderingText(own) === orderingText(stream) &&
    Object.entries(shown).every(([ref, offset]) => zones.get(ref) === offset)
  );
}
