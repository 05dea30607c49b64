import type { Dialect } from "../../dialect.ts";
import type { TableDescription } from "../../warehouse.ts";
import { missingHeader, readHeader } from "../columns.ts";
import { headerTwice } from "../faults.ts";
import { localDay } from "../links/sql.ts";
import { typeFault } from "../parquet/table.ts";
import { fields, type Field } from "../rejects.ts";
import type { DateFormat, ImportSettings } from "../settings.ts";

/** What is asked of a shared table, in one text for both warehouses: which rows each day has, and those of
 *  one day as texts, as a file would have them. */

/** How the rows of a table are read. */
export interface SharedColumns {
  /** The five fields as texts, NULL where there is no column. */
  readonly cells: Readonly<Record<Field, string>>;
  /** The DATE of a row; NULL where its cell is none. */
  readonly day: string;
  /** Whether its values are numbers, and no text that somebody wrote. */
  readonly hasNumbers: boolean;
}

type ReadSettings = Pick<ImportSettings, "date_format" | "convert_instants" | "zone">;

/** Which column is which field: the names and the types that a Parquet file may have.
 *  @param name of the table, for the sentences
 *  @throws header_missing, header_twice, column_type, ref_id_type, date_is_instant */
export function sharedColumns(
  sql: Dialect,
  columns: TableDescription["columns"],
  settings: ReadSettings,
  name: string,
): SharedColumns {
  const names = columns.map((column) => column.name);
  const header = readHeader(names);
  if (header.kind === "missing") throw missingHeader({ missing: header.missing, names }, name);
  if (header.kind === "twice") throw headerTwice({ ...header, names });
  const found = (field: Field) => {
    const place = header.places[field];
    if (place === undefined) return undefined;
    const { name, type: says } = columns[place]!;
    const type = sql.kindOf(says);
    const fault = typeFault(field, { name, type, says }, settings);
    if (fault !== undefined) throw fault;
    return { field, column: sql.name(name), type };
  };
  const [date, ...others] = fields.map(found);
  const cells = [date, ...others].map((one, at) => [fields[at]!, one === undefined ? nothing : cellOf(one)]);
  const isInstant = date!.type === "instant";
  const day = isInstant ? dayOfInstant(sql, date!.column, settings.zone) : dayOf(sql, date!, settings);
  return {
    cells: {
      ...(Object.fromEntries(cells) as Record<Field, string>),
      ...(isInstant && { date: text(day) }),
    },
    day,
    hasNumbers: !["text", "null", undefined].includes(others.at(-1)?.type),
  };
}

const text = (value: string) => `CAST(${value} AS STRING)`;
const nothing = text("NULL");

function cellOf({ column, type }: { column: string; type: string }): string {
  return type === "list" ? `ARRAY_TO_STRING(${column}, ',')` : text(column);
}

function dayOfInstant(sql: Dialect, column: string, zone: string): string {
  return sql.dayOf(localDay(sql, sql.micros(column), zone));
}

function dayOf(
  sql: Dialect,
  { column, type }: { column: string; type: string },
  { date_format }: ReadSettings,
): string {
  if (type === "date") return column;
  if (type !== "text") return `CAST(${column} AS DATE)`;
  // What the reader of the row makes of it is stricter: the day only says with which file it comes.
  const trimmed = `TRIM(${column})`;
  const days = [
    `SUBSTR(${trimmed}, 1, 10)`,
    ...(date_format === undefined ? [] : [turned(trimmed, date_format)]),
  ];
  return sql.dayOf(days.length === 1 ? sql.days(days[0]!) : `COALESCE(${days.map(sql.days).join(", ")})`);
}

function turned(text: string, format: DateFormat): string {
  const part = (name: string) => `SUBSTR(${text}, ${format.indexOf(name) + 1}, ${name.length})`;
  return `CONCAT(${part("YYYY")}, '-', ${part("MM")}, '-', ${part("DD")})`;
}

const rowsSql = (sql: Dialect, from: string, { cells, day }: SharedColumns) =>
  `(SELECT ${day} AS ac_day, ${fields.map((field) => `${cells[field]} AS ${sql.name(field)}`).join(", ")} ` +
  `FROM ${from}) AS ac_rows`;

/** `day`, `rows`, `print`: one row a day, and one without a day for rows whose date is none. */
export function daysSql(
  sql: Dialect,
  from: string,
  columns: SharedColumns,
  { first, last }: { first: string; last: string },
): string {
  const cells = fields.map((field) => `COALESCE(${sql.name(field)}, ${sql.text("\u2400")})`);
  return (
    `SELECT ${text("ac_day")} AS ${sql.name("day")}, ${text("COUNT(*)")} AS ${sql.name("rows")}, ` +
    `${sql.fingerprint(cells)} AS ${sql.name("print")} FROM ${rowsSql(sql, from, columns)} ` +
    `WHERE ac_day BETWEEN ${date(sql, first)} AND ${date(sql, last)} OR ac_day IS NULL GROUP BY ac_day`
  );
}

/** @param day undefined: rows whose date is none */
export function rowsOfDaySql(
  sql: Dialect,
  from: string,
  columns: SharedColumns,
  day: string | undefined,
): string {
  const where = day === undefined ? "ac_day IS NULL" : `ac_day = ${date(sql, day)}`;
  return `SELECT ${fields.map((field) => sql.name(field)).join(", ")} FROM ${rowsSql(sql, from, columns)} WHERE ${where}`;
}

const date = (sql: Dialect, day: string) => `CAST(${sql.text(day)} AS DATE)`;
