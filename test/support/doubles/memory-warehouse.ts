import { inJson } from "../../../functions/escaped.ts";
import { appendDifferences } from "../../../functions/destination.ts";
import { checkStatement } from "../../../functions/statement.ts";
import {
  datasetMissing,
  oneSelect,
  queryRefused,
  rowsRefused,
  schemaDiffers,
  tableMissing,
  warehouseDown,
} from "../../../functions/problems.ts";
import { oldIdColumn } from "../../../functions/stream-ref.ts";
import { datasetName, parseTable, tableName, type TableRef } from "../../../functions/table.ts";
import type { Column, Measure, Selection, Value, Warehouse } from "../../../functions/warehouse.ts";
import { isNumeric, textsOf } from "../../../functions/values.ts";
import { duckdbSql } from "../../../infra/local/warehouse/dialect.ts";
import { compare, type KnownView, type Stored, viewRows } from "./memory-views.ts";

/** A warehouse for tests of what stands on it. It knows no SQL beyond `SELECT * FROM name`. */
export interface MemoryWarehouse extends Warehouse {
  /** A table that somebody else made. */
  putForeign(table: TableRef, columns: readonly { name: string; type: string; required: boolean }[]): void;
  dropDataset(dataset: string): void;
  dropTable(table: TableRef): void;
}

interface Table {
  ours: boolean;
  columns: { name: string; type: string; required: boolean }[];
  rows: Stored[];
}

export function memoryWarehouse(): MemoryWarehouse {
  const datasets = new Set<string>();
  const tables = new Map<string, Table>();
  const views = new Map<string, KnownView>();
  let closed = false;

  const inside = (ref: TableRef) => {
    if (closed) throw warehouseDown({ why: "it is closed" });
    if (!datasets.has(datasetName(ref))) throw datasetMissing({ dataset: datasetName(ref) });
  };
  const existing = (ref: TableRef): Table => {
    inside(ref);
    const table = tables.get(tableName(ref));
    if (table === undefined) throw tableMissing({ table: tableName(ref) });
    return table;
  };
  const columnsOf = (ref: TableRef): Table["columns"] => {
    const view = views.get(tableName(ref));
    if (view === undefined) return existing(ref).columns;
    const of = columnsOf(view.kind === "dead_letter_states" ? view.letters : view.of)
      .filter(({ name }) => name !== oldIdColumn)
      .map((column) => ({ ...column, required: false }));
    const more = ["stream_ref", "state", "job"].map((name) => ({ name, type: "STRING", required: false }));
    return view.kind === "dead_letter_states" ? [...of, ...more] : of;
  };
  const read = (ref: TableRef): Stored[] => {
    inside(ref);
    const view = views.get(tableName(ref));
    return view === undefined ? existing(ref).rows : viewRows(view, read);
  };

  const warehouse: MemoryWarehouse = {
    async describe(ref) {
      inside(ref);
      if (views.has(tableName(ref))) return { kind: "view", ours: true, columns: columnsOf(ref) };
      const table = tables.get(tableName(ref));
      return table === undefined
        ? undefined
        : {
            kind: "table",
            ours: table.ours,
            columns: structuredClone(table.columns),
          };
    },
    async createDataset(ref) {
      if (closed) throw warehouseDown({ why: "it is closed" });
      datasets.add(datasetName(ref));
    },
    async createTable(ref, spec) {
      inside(ref);
      if (tables.has(tableName(ref)) || views.has(tableName(ref))) return;
      tables.set(tableName(ref), {
        ours: true,
        columns: spec.columns.map(described),
        rows: [],
      });
    },
    async addColumns(ref, columns) {
      const table = existing(ref);
      for (const column of columns) {
        if (table.columns.some(({ name }) => name === column.name)) continue;
        table.columns.push({ ...described(column), required: false });
      }
    },
    async putView(ref, definition) {
      inside(ref);
      if (tables.has(tableName(ref)))
        throw schemaDiffers({
          table: tableName(ref),
          differences: "a table has this name",
        });
      if (definition.kind === "written") throw new Error("The memory warehouse knows no SQL.");
      for (const of of definition.kind === "dead_letter_states"
        ? [definition.letters, definition.events]
        : [definition.of])
        existing(of);
      views.set(tableName(ref), definition);
    },
    openLoad: (table, columns, { deadlineMs }) => ({
      add: (rows) => warehouse.append(table, columns, rows, { deadlineMs }),
      end: async () => undefined,
    }),
    sql: duckdbSql,
    write() {
      throw new Error("The memory warehouse knows no SQL.");
    },
    replaceTable() {
      throw new Error("The memory warehouse knows no SQL.");
    },
    extract() {
      throw new Error("The memory warehouse knows no SQL.");
    },
    async append(ref, columns, rows) {
      if (views.has(tableName(ref)))
        throw schemaDiffers({
          table: tableName(ref),
          differences: "it is a view",
        });
      const table = existing(ref);
      const differences = appendDifferences({ kind: "table", columns: table.columns }, columns);
      if (differences.length > 0)
        throw schemaDiffers({ table: tableName(ref), differences: differences.join("; ") });
      const stored = rows.map((row) =>
        Object.fromEntries(columns.map(({ name }, index) => [name, copy(row[index] ?? null)])),
      );
      const refused = stored.flatMap((row, index) => {
        const why = table.columns
          .map((column) => complaint(column, row[column.name] ?? null))
          .find((said) => said !== undefined);
        return why === undefined ? [] : [{ index, why }];
      });
      if (refused.length > 0) throw rowsRefused({ rows: refused });
      table.rows.push(...stored);
    },
    async select(selection: Selection) {
      const { from, columns, measures, where = [], holding, orderBy = [], limit, offset = 0 } = selection;
      const known = columnsOf(from).map(({ name }) => name);
      const asked = columns ?? (measures === undefined ? known : []);
      const measured = Object.values(measures ?? {}).flatMap((one) => (one.is === "count" ? [] : [one]));
      const sought = holding?.columns ?? [];
      for (const name of [
        ...asked,
        ...sought,
        ...[...measured, ...where, ...orderBy].map(({ column }) => column),
      ]) {
        if (!known.includes(name))
          throw schemaDiffers({
            table: tableName(from),
            differences: `it has no column ${name}`,
          });
      }
      const found = read(from).filter((row) =>
        where.every(({ column, is, value }) => {
          const given = row[column] ?? null;
          if (given === null) return false;
          if (is === "in") return value.some((one) => one === given);
          return is === "=" ? given === value : is === ">=" ? given >= value : given <= value;
        }),
      );
      const holds = ([name, value]: [string, Value | undefined]) => {
        const isJson = columnsOf(from).some((column) => column.name === name && column.type === "JSON");
        return typeof value === "string" && value.includes(isJson ? inJson(holding!.text) : holding!.text);
      };
      const matching =
        holding === undefined
          ? found
          : found.filter((row) => sought.some((name) => holds([name, row[name]])));
      const sorted = (measures === undefined ? [...matching] : summed(matching, asked, measures)).sort(
        (a, b) => inOrder(a, b, orderBy),
      );
      return sorted
        .slice(offset, offset + limit)
        .map((row) =>
          Object.fromEntries(
            [...asked, ...Object.keys(measures ?? {})].map((name) => [name, copy(row[name] ?? null)]),
          ),
        );
    },
    async selectSome(selection) {
      return { rows: await warehouse.select(selection), truncated: false };
    },
    async selectUnion({ from, columns, eachMax, orderBy = [], limit, ...asked }) {
      const parts = await Promise.all(
        from.map(async ({ table, has }, index) => {
          const hasOnly = (name: string) => has.includes(name);
          const { where = [], holding } = asked;
          const found = await warehouse.select({
            from: table,
            where,
            columns: columns.filter(hasOnly),
            ...(holding && { holding: { ...holding, columns: holding.columns.filter(hasOnly) } }),
            limit: eachMax ?? Infinity,
          });
          const none = Object.fromEntries(columns.map((name) => [name, null]));
          return found.map((row) => ({ from: index, row: { ...none, ...row } }));
        }),
      );
      const rows = parts.flat().sort((a, b) => inOrder(a.row, b.row, orderBy));
      return { rows: rows.slice(0, limit), truncated: false };
    },
    async query(sql, { rowsMax }) {
      if (closed) throw warehouseDown({ why: "it is closed" });
      checkStatement(sql);
      const name = /^\s*select\s+\*\s+from\s+([\w.-]+)\s*;?\s*$/i.exec(sql)?.[1];
      const from = name === undefined ? undefined : parseTable(name, "");
      if (from === undefined)
        throw queryRefused({
          why: "This warehouse only reads SELECT * FROM dataset.table.",
          advice: oneSelect,
        });
      const columns = columnsOf(from);
      const rows = read(from);
      return {
        columns: columns.map(({ name: column, type }) => ({
          name: column,
          type,
        })),
        rows: rows.slice(0, rowsMax).map((row) =>
          columns.map(({ name: column }) => {
            const value = row[column] ?? null;
            return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
          }),
        ),
        truncated: rows.length > rowsMax,
      };
    },
    async close() {
      closed = true;
    },
    putForeign(ref, columns) {
      datasets.add(datasetName(ref));
      tables.set(tableName(ref), {
        ours: false,
        columns: structuredClone([...columns]),
        rows: [],
      });
    },
    dropDataset(dataset) {
      datasets.delete(dataset);
      for (const name of [...tables.keys(), ...views.keys()]) {
        if (!name.startsWith(`${dataset}.`)) continue;
        tables.delete(name);
        views.delete(name);
      }
    },
    dropTable(ref) {
      tables.delete(tableName(ref));
    },
  };
  return warehouse;
}

const described = ({ name, type, required }: Column) => ({
  name,
  type: type as string,
  required: required === true,
});
const copy = (value: Value): Value => (value instanceof Uint8Array ? Uint8Array.from(value) : value);

function summed(
  rows: readonly Stored[],
  by: readonly string[],
  measures: Readonly<Record<string, Measure>>,
): Stored[] {
  const groups = new Map<string, Stored[]>(by.length === 0 ? [["[]", []]] : []);
  for (const row of rows) {
    const key = JSON.stringify(by.map((name) => row[name] ?? null));
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups].map(([key, group]) => ({
    ...Object.fromEntries(by.map((name, index) => [name, (JSON.parse(key) as Value[])[index]!])),
    ...Object.fromEntries(
      Object.entries(measures).map(([name, measure]) => [name, measured(group, measure)]),
    ),
  }));
}

function measured(rows: readonly Stored[], measure: Measure): Value {
  if (measure.is === "count") return rows.length;
  const values = rows.map((row) => row[measure.column] ?? null).filter((value) => value !== null);
  if (measure.is === "distinct") return new Set(values).size;
  if (values.length === 0) return null;
  return measure.is === "max"
    ? values.reduce((a, b) => (a > b ? a : b))
    : values.reduce((sum: number, value) => sum + Number(value), 0);
}

function complaint({ name, type, required }: Table["columns"][number], value: Value): string | undefined {
  if (value === null) return required ? `${name} is NULL` : undefined;
  const fits =
    type === "STRING"
      ? typeof value === "string"
      : type === "INT64"
        ? Number.isSafeInteger(value)
        : type === "DATE"
          ? typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value))
          : type === "JSON"
            ? typeof value === "string" && isJson(value)
            : type === "BYTES"
              ? value instanceof Uint8Array
              : type === "BOOL"
                ? typeof value === "boolean"
                : type === "NUMERIC"
                  ? isNumeric(value)
                  : type === "ARRAY<STRING>" && textsOf(value) !== undefined;
  return fits ? undefined : `${name} is no ${type}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function inOrder(
  a: Record<string, Value>,
  b: Record<string, Value>,
  orderBy: NonNullable<Selection["orderBy"]>,
): number {
  for (const { column, descending } of orderBy) {
    const order = compare(a[column] ?? null, b[column] ?? null);
    if (order !== 0) return descending === true ? -order : order;
  }
  return 0;
}
