import { makeOwnTable } from "../../own-table.ts";
import type { Dialect } from "../../dialect.ts";
import type { Value, Warehouse } from "../../warehouse.ts";
import { daysBefore } from "../fields/date.ts";
import { ifThere, type ToldFile } from "../load/files.ts";
import { loadTableNames } from "../load/tables.ts";
import type { ImportView } from "../registered/imports.ts";
import { importTable } from "../tables.ts";
import { todayOf } from "./deadline.ts";
import { daysMax, type DayPorts, readDays } from "./days.ts";
import { daysInName, type ImportDay } from "./judge.ts";
import { daysTableName, importDays } from "./table.ts";

/** Keeps `import_days` as the files say: what is written there is what `readDays` tells, so that writing it
 *  once more changes nothing. */

export type DayWritePorts = Omit<DayPorts, "warehouse"> & { readonly warehouse: Warehouse };

const deadlineMs = 600_000;

/** Older days are told where they are asked for, and not written. */
export const writtenDays = 400;

/** Of the days of a range those that are others than what stands there.
 *  @throws warehouse_down, dataset_missing, table_forbidden, schema_differs, documents_down */
export async function writeDays(
  ports: DayWritePorts,
  one: ImportView,
  range: { first: string; last: string },
): Promise<void> {
  for (let { first } = range; first <= range.last; first = daysBefore(first, -daysMax)) {
    const end = daysBefore(first, 1 - daysMax);
    await writeSome(ports, one, { first, last: end < range.last ? end : range.last });
  }
}

async function writeSome(
  ports: DayWritePorts,
  one: ImportView,
  range: { first: string; last: string },
): Promise<void> {
  const { warehouse, productDataset, now } = ports;
  const table = importTable(productDataset, daysTableName);
  const days = await readDays(ports, one, range);
  const written = await ifThere(
    warehouse.select({
      from: table,
      where: [
        { column: "import_id", is: "=", value: one.name },
        { column: "date", is: ">=", value: range.first },
        { column: "date", is: "<=", value: range.last },
      ],
      limit: 2 * daysMax,
    }),
  );
  const there = new Map((written ?? []).map((row) => [String(row["date"]), textOf(row)]));
  const others = days
    .filter((day) => there.has(day.date) || saysSomething(one, day))
    .map((day) => rowOf(one, day))
    .filter((row) => there.get(String(row["date"])) !== textOf(row));
  if (others.length === 0) return;
  await makeOwnTable(warehouse, table, importDays);
  const values = others.map((row) => ({ ...row, changed_at: now() }));
  await warehouse.write(replaceStatements(warehouse.sql, warehouse.sql.table(table), one.name, values), {
    deadlineMs,
  });
}

/** Days before the import are no rows, but for those that a file holds. */
const saysSomething = ({ added_at }: ImportView, { due_at, first_arrival, rows }: ImportDay) =>
  due_at > added_at || first_arrival !== undefined || rows > 0;

type DayRow = Readonly<Record<string, Value>>;

function rowOf({ name }: ImportView, day: ImportDay): DayRow {
  return { import_id: name, first_arrival: null, late_by: null, file_id: null, ...day };
}

/** But for when it was written. */
function textOf(row: DayRow): string {
  const names = importDays.columns.map(({ name }) => name).filter((name) => name !== "changed_at");
  return JSON.stringify(names.map((name) => row[name] ?? null));
}

function replaceStatements(
  sql: Dialect,
  table: string,
  importName: string,
  rows: readonly DayRow[],
): string[] {
  const literal = (value: Value, type: string) => {
    if (value === null) return "NULL";
    if (typeof value === "number") return String(value);
    const text = sql.text(String(value));
    return type === "DATE" ? `CAST(${text} AS DATE)` : text;
  };
  const { columns } = importDays;
  const dates = rows.map((row) => literal(row["date"]!, "DATE"));
  const lines = rows.map(
    (row) => `(${columns.map(({ name, type }) => literal(row[name] ?? null, type)).join(", ")})`,
  );
  return [
    `DELETE FROM ${table} WHERE ${sql.name("import_id")} = ${sql.text(importName)} ` +
      `AND ${sql.name("date")} IN (${dates.join(", ")})`,
    `INSERT INTO ${table} (${columns.map(({ name }) => sql.name(name)).join(", ")}) VALUES ${lines.join(", ")}`,
  ];
}

/** After a file was read, or taken back: the days of which it says something, and those whose events it
 *  changed. @throws as writeDays */
export async function writeDaysOf(
  ports: DayWritePorts,
  one: ImportView,
  { file_id, name, first_day, last_day, arrived_at }: ToldFile,
): Promise<void> {
  const changed = await ifThere(
    ports.warehouse.select({
      from: importTable(ports.productDataset, loadTableNames.dayChanges),
      columns: ["date"],
      measures: { times: { is: "count" } },
      where: [
        { column: "import_id", is: "=", value: one.name },
        { column: "file_id", is: "=", value: file_id },
      ],
      limit: changedMax,
    }),
  );
  const today = todayOf(one.zone, ports.now());
  const oldest = daysBefore(today, writtenDays - 1);
  const days = [
    ...daysInName(name),
    ...[first_day, last_day].filter((day) => day !== undefined),
    ...(changed ?? []).map(({ date }) => String(date)),
    daysBefore(todayOf(one.zone, arrived_at), 1),
  ]
    .filter((day) => day >= oldest && day <= today)
    .sort();
  if (days.length > 0) await writeDays(ports, one, { first: days[0]!, last: days.at(-1)! });
}

/** More than there are days that an event may have. */
const changedMax = 100_000;
