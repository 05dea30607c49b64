import { isProblem, type Problem } from "../problem.ts";
import { rowsRefused, warehouseDown } from "../problems.ts";
import { createFlights } from "../flights.ts";
import { createTogether, type Place } from "../together.ts";
import type { Row } from "../warehouse.ts";

/** Where rows of one table wait for their append. When an append ends, all rows that wait go into the next
 *  one: batches grow with the load, and no row waits for a timer. */
export interface Lane {
  /** Resolves once the row is durable.
   *  @param bytes its size as sent
   *  @throws row_refused, what the append threw, or warehouse_down at once when too much waits for this
   *  table or its appends hang */
  add(row: Row, bytes: number): Promise<void>;
  /** Nothing waits and nothing is on its way. */
  idle(): boolean;
}

/** Appends on their way at once: one is written while the next is filled. */
const appendsMax = 2;
export const batchRowsMax = 2_000;
/** BigQuery takes 10 MB a request; one row never passes it (design of the columns). */
export const batchBytesMax = 9_000_000;
/** What may wait for one table unless told. A sick table must not eat the memory of the others. */
export const waitingBytesDefault = 32 * 1024 * 1024;
/** An append that takes longer counts as hanging, unless told (`patienceMs`); after one that was slow and
 *  worked, it is twice the time of that. What waits behind one that hangs is refused and comes again later.
 *  That is far below the deadline of an append: each row that waits holds one of the instance's places, which
 *  hits of other tables need. */
const patienceMsDefault = 5_000;
/** The patience grows to so many times itself at most, which is half of an append's deadline. An append that
 *  takes longer is as good as one that hangs. */
const patienceGrowth = 3;

export interface LaneLimits {
  /** Bytes of rows that may wait; past it, rows are refused at once. */
  readonly waitingBytesMax?: number;
  /** Once all appends on their way are older, what waits for them is refused; `Infinity` lets it wait. */
  readonly patienceMs?: number;
}

/** @param append writes all rows or none; throws row_refused with the positions of the rows at fault
 *  @param fix what a refused row is tried again as, once; undefined where nothing can be left out */
export function createLane(
  append: (rows: Row[]) => Promise<void>,
  fix: (row: Row) => Row | undefined,
  { waitingBytesMax = waitingBytesDefault, patienceMs = patienceMsDefault }: LaneLimits = {},
): Lane {
  const line = createTogether<Row>({ countMax: batchRowsMax, bytesMax: batchBytesMax });
  const appends = createFlights({
    atOnce: appendsMax,
    isReady: () => line.waiting() > 0,
    fly: () => write(line.take(), fix),
  });
  /** Twice what the last append that worked took, within bounds. A table that answers in 6 s works: its rows
   *  must not be refused after 5 s. */
  let patience = patienceMs;
  /** Appends on their way for longer than the patience. */
  let late = 0;
  let worked = 0;
  /** The table seems to be down: an append took too long and failed, and none worked meanwhile. Until one
   *  does, one row at a time is tried, and the others are refused at once. */
  let hung = false;

  function add(row: Row, bytes: number): Promise<void> {
    if (late >= appendsMax || (hung && !idle())) return Promise.reject(hanging());
    if (line.waitingBytes() + bytes > waitingBytesMax && line.waiting() > 0) {
      return Promise.reject(warehouseDown({ why: "too much waits for this table" }));
    }
    const added = line.add(row, bytes);
    appends.schedule();
    return added;
  }

  /** Settles every item; never rejects. */
  async function write(batch: readonly Place<Row>[], fixOnce: typeof fix): Promise<void> {
    try {
      await appendWatched(batch.map(({ item }) => item));
      for (const place of batch) place.done();
    } catch (error) {
      const refused = refusedIn(error, batch.length);
      if (refused === undefined) for (const place of batch) place.fail(error);
      else await writeApart(batch, refused, error, fixOnce);
    }
  }

  /** Rows that wait too long are refused by a timer, not when the next row comes. The rows that wait may hold
   *  all places of the instance: then no next row is let in, and nothing would ever refuse them. */
  async function appendWatched(rows: Row[]): Promise<void> {
    let isLate = false;
    const workedBefore = worked;
    const begunAt = performance.now();
    const timer =
      patience === Infinity
        ? undefined
        : setTimeout(() => {
            isLate = true;
            late++;
            if (late >= appendsMax) line.refuse(hanging());
          }, patience);
    try {
      await append(rows);
      worked++;
      hung = false;
      const tookMs = performance.now() - begunAt;
      patience = Math.max(patienceMs, Math.min(2 * tookMs, patienceGrowth * patienceMs));
    } catch (error) {
      hung = isLate && worked === workedBefore;
      patience = patienceMs;
      throw error;
    } finally {
      clearTimeout(timer);
      if (isLate) late--;
    }
  }

  /** The refused rows must not hold up their neighbours. */
  async function writeApart(
    batch: readonly Place<Row>[],
    refused: Set<number>,
    error: unknown,
    fixOnce: typeof fix,
  ): Promise<void> {
    const good = batch.filter((_, index) => !refused.has(index));
    const fixed: { place: Place<Row>; row: Row }[] = [];
    for (const [index, place] of batch.entries()) {
      if (!refused.has(index)) continue;
      const row = fixOnce(place.item);
      if (row === undefined) place.fail(error);
      else fixed.push({ place, row });
    }
    if (good.length > 0) await write(good, fixOnce);
    // One by one: which row is at fault is then beyond doubt.
    for (const { place, row } of fixed) await writeAlone(place, row);
  }

  async function writeAlone(place: Place<Row>, row: Row): Promise<void> {
    try {
      await appendWatched([row]);
      place.done();
    } catch (error) {
      place.fail(error);
    }
  }

  function idle(): boolean {
    return line.waiting() === 0 && appends.underWay() === 0;
  }

  return { add, idle };
}

function hanging(): Problem {
  return warehouseDown({ why: "appends to this table hang" });
}

/** The rows at fault; all of them where the warehouse names none, so that the rest always shrinks. */
function refusedIn(error: unknown, rows: number): Set<number> | undefined {
  if (!isProblem(error, rowsRefused)) return undefined;
  const named = new Set(
    error.facts.rows.map(({ index }) => index).filter((index) => index >= 0 && index < rows),
  );
  return named.size > 0 ? named : new Set(Array.from({ length: rows }, (_, index) => index));
}
