import { each, listPaths, parsePath, type Path } from "../../functions/streams/records/path.ts";
import { oldIdColumn } from "../../functions/stream-ref.ts";
import type { Records, View } from "../../functions/warehouse.ts";
import type { Dialect } from "../../functions/dialect.ts";
import { listSql, type Places, valueSql } from "./paths.ts";
import { staged } from "./stages.ts";
import { timed, type Zones } from "./times.ts";

/** What is shown: the table in SQL, and the columns that it has. */
export interface Shown {
  readonly from: string;
  readonly columns: readonly string[];
}

/** The views of a stream's table, in the SQL of a warehouse.
 *  Columns are spelled out: a view over `*` fails, or does not show it, once its table gets another one. The
 *  key to write that tables of an earlier version hold is nobody's to read. */
export function recordsSql(
  sql: Dialect,
  view: Exclude<View, { kind: "dead_letter_states" | "written" }>,
  { from, columns }: Shown,
): string {
  const shown: Shown = { from, columns: columns.filter((name) => name !== oldIdColumn) };
  switch (view.kind) {
    case "unique":
      return uniqueSql(sql, shown);
    case "items":
      return `SELECT ${itemColumns(shown).map(sql.name).join(", ")} FROM (${itemsSql(sql, shown, view.items)})`;
    case "current":
      return currentSql(sql, shown, view);
  }
}

function uniqueSql(sql: Dialect, shown: Shown): string {
  return (
    `${rowsSql(sql, shown)} QUALIFY ROW_NUMBER() OVER ` +
    `(PARTITION BY ${sql.name("date")}, ${sql.name("hit_id")} ORDER BY ${sql.name("received_at")}, ${sql.name("payload")}) = 1`
  );
}

/** Every row that is no test. */
function rowsSql(sql: Dialect, shown: Shown): string {
  // QUALIFY wants a WHERE beside it in every version of BigQuery.
  const where = has(shown, "is_test") ? `${sql.name("is_test")} IS NOT TRUE` : "TRUE";
  return `SELECT ${shown.columns.map(sql.name).join(", ")} FROM ${shown.from} WHERE ${where}`;
}

function has({ columns }: Shown, name: string): boolean {
  return columns.some((column) => column.toLowerCase() === name);
}

/** Of each hit once a day its items, one row each; a hit without any is one row without an item. */
function itemsSql(sql: Dialect, shown: Shown, items: string): string {
  const lists = listPaths(items);
  if (lists === undefined) throw new Error(`${JSON.stringify(items)} is no path of a list.`);
  const joins = lists.map((list, index) =>
    sql.joinEach(
      listSql(sql, list, index === 0 ? sql.name("fields") : `ac_element_${index - 1}`),
      `ac_element_${index}`,
      `ac_index_${index}`,
    ),
  );
  const element = `ac_element_${lists.length - 1}`;
  const order = lists.map((_, index) => `ac_index_${index}`).join(", ");
  // A table that somebody else made may have a column `item` of its own.
  const columns = shown.columns.filter((name) => needed.has(name.toLowerCase()));
  const hits = uniqueSql(sql, { ...shown, columns });
  const numbered = staged(`SELECT * FROM (${hits}) ${joins.join(" ")}`, [
    { ac_there: `(${sql.isThere(element)})` },
    {
      item: `CASE WHEN ac_there THEN ${element} END`,
      item_number:
        `ROW_NUMBER() OVER (PARTITION BY ${sql.name("date")}, ${sql.name("hit_id")} ` +
        `ORDER BY CASE WHEN ac_there THEN 0 ELSE 1 END, ${order}) - 1`,
    },
  ]);
  return `SELECT * FROM (${numbered}) WHERE ac_there OR item_number = 0`;
}

const needed = new Set(["hit_id", "received_at", "date", "fields", "headers", "stream_ref", "is_test"]);

function itemColumns(shown: Shown): string[] {
  const more = ["headers", "stream_ref"].filter((name) => has(shown, name));
  return ["hit_id", "item_number", "received_at", "date", "item", ...more];
}

function currentSql(sql: Dialect, shown: Shown, records: Records): string {
  const isBatch = records.items !== undefined;
  const rows = records.items === undefined ? rowsSql(sql, shown) : itemsSql(sql, shown, records.items);
  const places: Places = {
    body: isBatch ? "item" : sql.name("fields"),
    hit: sql.name("fields"),
    header: has(shown, "headers") ? sql.name("headers") : undefined,
  };
  const key = typeof records.key === "string" ? [records.key] : records.key;
  const parts = key.map((_, index) => `ac_key_${index}`);
  const named = staged(rows, [
    Object.fromEntries(key.map((path, index) => [`ac_key_${index}`, valueSql(sql, read(path), places)])),
    { ac_named: parts.map((part) => isWhole(sql, part)).join(" AND ") },
    records.updated === undefined
      ? { ac_micros: "CAST(NULL AS INT64)" }
      : { ac_said: valueSql(sql, read(records.updated), places) },
  ]);
  const ordered = records.updated === undefined ? named : timed(sql, named, zonesOf(shown, records));
  const self = isBatch ? `${sql.name("hit_id")} || '/' || CAST(item_number AS STRING)` : sql.name("hit_id");
  const received = sql.name("received_at");
  // In microseconds: received_at may be past what a TIMESTAMP can hold, and one such
  // row must not fail the view.
  const latest = `COALESCE(ac_micros, ${received} * 1000)`;
  const ties = [latest, received, sql.name("hit_id"), ...(isBatch ? ["item_number"] : [])];
  const columns = isBatch ? itemColumns(shown) : shown.columns;
  return (
    `SELECT ${columns.map(sql.name).join(", ")} FROM (${ordered}) WHERE TRUE ` +
    `QUALIFY ROW_NUMBER() OVER (PARTITION BY ${parts.map((part) => `CASE WHEN ac_named THEN ${part} END`).join(", ")}, ` +
    `CASE WHEN ac_named THEN '' ELSE ${self} END ORDER BY ${ties.map((tie) => `${tie} DESC`).join(", ")}) = 1`
  );
}

/** Whether a part of a key names something. U+FFFD stands where bytes were no text: two
 *  such values may differ. */
function isWhole(sql: Dialect, part: string): string {
  return `COALESCE(${part}, '') <> '' AND STRPOS(${part}, ${sql.text("\uFFFD")}) = 0`;
}

function read(text: string): Path {
  const path = parsePath(text);
  if (path === undefined || path.steps.includes(each))
    throw new Error(`${JSON.stringify(text)} is no path of a value.`);
  return path;
}

function zonesOf(shown: Shown, { offset = "UTC", offsets = {} }: Records): Zones {
  const others = new Map<string, string[]>();
  for (const ref of Object.keys(has(shown, "stream_ref") ? offsets : {}).toSorted()) {
    const other = offsets[ref]!;
    if (other === offset) continue;
    const refs = others.get(other) ?? [];
    others.set(other, [...refs, ref]);
  }
  return { owner: offset, others: [...others].map(([offset, refs]) => ({ offset, refs })) };
}
