import { makeOwnTable } from "../../own-table.ts";
import { isProblem } from "../../problem.ts";
import { tableMissing } from "../../problems.ts";
import { utcDay } from "../../streams/calendar.ts";
import { sibling } from "../../table.ts";
import type { Row, Warehouse, WriteOptions } from "../../warehouse.ts";
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

/** @throws warehouse_down and what else the tables throw; what the bytes throw */
export async function writeAnswer(
  ports: WritePorts,
  writing: Writing,
  bytes: AsyncIterable<Uint8Array>,
): Promise<void> {
  const { warehouse, productDataset, deadlineMs } = ports;
  const { feed, day, before, after, load_id } = writing;
  const { sql } = warehouse;
  const staged = { dataset: productDataset, table: stagedTable };
  await makeOwnTable(warehouse, staged, stagedRecords);
  await stage(ports, writing, bytes);
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
    if (before.length === 0 || !(await isThere(warehouse, feed)))
      await replace(rowsSelect(sql, after, ofDay));
    else if (sameColumns(before, after)) await warehouse.write(dayStatements(sql, table, after, ofDay), once);
    else await replace(rebuiltSelect(sql, table, { before, after }, ofDay));
  }
  await putCurrent(warehouse, feed, after);
  await sweep(ports, load_id);
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

async function isThere(warehouse: Warehouse, { to }: Feed): Promise<boolean> {
  return (await warehouse.describe(to)) !== undefined;
}

/** The view of the latest state, where the records have what the feed names. */
async function putCurrent(warehouse: Warehouse, feed: Feed, columns: readonly FeedColumn[]): Promise<void> {
  const columnOf = (field: string | undefined) => columns.find((one) => one.field === field)?.column;
  const key = columnOf(feed.key);
  if (key === undefined) return;
  const { sql } = warehouse;
  const select = currentSelect(sql, sql.table(feed.to), {
    key,
    updated: columnOf(feed.updated),
    isPartitioned: feed.partitioned,
  });
  const about = `The latest of the records of the JSON feed ${feed.name} that have the same ${feed.key}`;
  const view = sibling(feed.to, `${feed.to.table}_current`);
  // The rows are there; whoever drops the table meanwhile has no view either.
  await warehouse.putView(view, { kind: "written", sql: select, about }).catch((error: unknown) => {
    if (!isProblem(error, tableMissing)) throw error;
  });
}
