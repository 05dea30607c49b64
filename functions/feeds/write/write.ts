import { makeOwnTable } from "../../own-table.ts";
import { asProblem, isProblem } from "../../problem.ts";
import { schemaDiffers, tableMissing } from "../../problems.ts";
import { utcDay } from "../../streams/calendar.ts";
import { sibling } from "../../table.ts";
import type { Row, TableDescription, Warehouse, WriteOptions } from "../../warehouse.ts";
import { FeedFault } from "../faults.ts";
import { eachRecord } from "../read/survey.ts";
import { cellOf } from "../read/values.ts";
import type { Feed } from "../registered/feeds.ts";
import { sameColumns, dayColumn, type FeedColumn } from "./columns.ts";
import { stagedRecords, stagedTable } from "./staged.ts";
import { currentSelect, dayStatements, rebuiltSelect, rowsSelect, sweepStatement } from "./statements.ts";

/** Writes an answer that was found right into the table of its feed: first beside it, then all at once. */

export interface WritePorts {
  readonly warehouse: Warehouse;
  readonly productDataset: string;
  readonly now: () => number;
  readonly deadlineMs: number;
}

export interface Writing {
  readonly feed: Feed;
  /** Undefined where the feed has no days. */
  readonly day: string | undefined;
  /** None where the table is not there yet, or all of it is replaced. */
  readonly before: readonly FeedColumn[];
  readonly after: readonly FeedColumn[];
  /** Of this fetch alone. */
  readonly load_id: string;
}

const rowsAtOnce = 10_000;
const charactersAtOnce = 4 * 1024 * 1024;

/** @returns what is to be looked at although it was written
 *  @throws FeedFault where the table is somebody else's by now; warehouse_down and what else the tables
 *  throw; what the bytes throw */
export async function writeAnswer(
  ports: WritePorts,
  writing: Writing,
  bytes: AsyncIterable<Uint8Array>,
): Promise<string | undefined> {
  const { warehouse, productDataset, deadlineMs } = ports;
  const { feed, day, before, after, load_id } = writing;
  const { sql } = warehouse;
  const staged = { dataset: productDataset, table: stagedTable };
  await makeOwnTable(warehouse, staged, stagedRecords);
  await stage(ports, writing, bytes);
  const there = await describeOwn(warehouse, feed);
  const source = { table: sql.table(staged), load_id };
  const once: WriteOptions = { deadlineMs, once: { id: load_id, table: feed.to } };
  const description = `Records of the JSON feed ${feed.name}`;
  if (day === undefined) {
    await warehouse.replaceTable(feed.to, { select: rowsSelect(sql, after, source), description }, once);
  } else {
    const ofDay = { ...source, day };
    const table = sql.table(feed.to);
    const replace = (select: string) =>
      warehouse.replaceTable(feed.to, { select, description, partitionBy: dayColumn }, once);
    if (before.length === 0 || there === undefined) await replace(rowsSelect(sql, after, ofDay));
    else if (sameColumns(before, after)) await warehouse.write(dayStatements(sql, table, after, ofDay), once);
    else await replace(rebuiltSelect(sql, table, { before, after }, ofDay));
  }
  const hint = await putCurrent(warehouse, feed, after);
  await sweep(ports, load_id);
  return hint;
}

/** Takes away what was staged, and what is left of fetches before. */
export async function sweep({ warehouse, productDataset, now, deadlineMs }: WritePorts, load_id: string) {
  const table = warehouse.sql.table({ dataset: productDataset, table: stagedTable });
  const statement = sweepStatement(warehouse.sql, table, load_id, utcDay(now() - 2 * 86_400_000));
  // It may stay: nothing there counts.
  await warehouse.write([statement], { deadlineMs }).catch(() => undefined);
}

async function stage(
  { warehouse, productDataset, now, deadlineMs }: WritePorts,
  { feed: { zone }, after, load_id }: Writing,
  bytes: AsyncIterable<Uint8Array>,
): Promise<void> {
  const staged = { dataset: productDataset, table: stagedTable };
  const load = warehouse.openLoad(staged, stagedRecords.columns, { id: load_id, deadlineMs });
  const on = utcDay(now());
  let rows: Row[] = [];
  let characters = 0;
  async function flush(): Promise<void> {
    const full = rows;
    rows = [];
    characters = 0;
    if (full.length > 0) await load.add(full);
  }
  await eachRecord(
    bytes,
    (record) => {
      const cells = JSON.stringify(after.map(({ field, type }) => cellOf(own(record, field), type, zone)));
      rows.push([load_id, on, cells]);
      characters += cells.length;
    },
    async () => {
      if (rows.length >= rowsAtOnce || characters >= charactersAtOnce) await flush();
    },
  );
  await flush();
  await load.end();
}

const own = (record: Record<string, unknown>, field: string): unknown =>
  Object.hasOwn(record, field) ? record[field] : undefined;

/** The table as it stands; undefined where it is not made yet.
 *  @throws FeedFault where it is somebody else's: feeds demand a value of no column, and tables of hits do */
export async function describeOwn(
  warehouse: Pick<Warehouse, "describe">,
  { to, table }: Pick<Feed, "to" | "table">,
): Promise<TableDescription | undefined> {
  const there = await warehouse.describe(to);
  if (there?.columns.some(({ required }) => required) === true)
    throw new FeedFault(
      "table_taken",
      `There is a table ${table} now that this feed has not made. Name another table, or remove that one.`,
    );
  return there;
}

/** The view of the latest state, where the records have what the feed names. The rows are there: it holds up
 *  nothing.
 *  @returns what is to be said of it */
async function putCurrent(
  warehouse: Warehouse,
  feed: Feed,
  columns: readonly FeedColumn[],
): Promise<string | undefined> {
  const columnOf = (field: string | undefined) => columns.find((one) => one.field === field);
  const key = columnOf(feed.key);
  if (key === undefined) return undefined;
  const view = sibling(feed.to, `${feed.to.table}_current`);
  // BigQuery neither compares objects nor groups fractions.
  if (key.type === "FLOAT" || key.type === "RECORD")
    return `The view ${view.table} is not kept: ${key.field} is ${key.type}, which names no record.`;
  const updated = columnOf(feed.updated);
  const isOrdered = updated?.type !== "RECORD";
  const { sql } = warehouse;
  const select = currentSelect(sql, sql.table(feed.to), {
    key: key.column,
    updated: isOrdered ? updated?.column : undefined,
    isPartitioned: feed.partitioned,
  });
  const about = `The latest of the records of the JSON feed ${feed.name} that have the same ${feed.key}`;
  try {
    await warehouse.putView(view, { kind: "written", sql: select, about });
  } catch (error) {
    // Whoever drops the table meanwhile has no view either.
    if (isProblem(error, tableMissing)) return undefined;
    return isProblem(error, schemaDiffers)
      ? `The view ${view.table} is not kept: something else has its name.`
      : `The view ${view.table} could not be put (${asProblem(error).code}); the next fetch tries again.`;
  }
  return isOrdered
    ? undefined
    : `The view ${view.table} is without its order: ${updated.field} is ${updated.type}, which comes before and after nothing.`;
}
