import { inJson } from "../../../../functions/escaped.ts";
import type {
  Condition,
  Measure,
  Selection,
  TableDescription,
  UnionRows,
  UnionSelection,
  Value,
} from "../../../../functions/warehouse.ts";
import { quoted, quotedTable } from "../dialect.ts";
import type { Parameter } from "../query.ts";

/** Selections as GoogleSQL. */

export interface Statement {
  readonly sql: string;
  readonly parameters: Parameter[];
}

type TypeOf = (column: string) => string | undefined;

/** @param project of a table that names none */
export function selectSql(
  selection: Selection,
  table: Pick<TableDescription, "columns">,
  project: string,
): Statement {
  const { from, columns, measures, where = [], holding, orderBy = [], limit, offset = 0 } = selection;
  const types = new Map(table.columns.map(({ name, type }) => [name.toLowerCase(), type]));
  const typeOf = (column: string) => types.get(column.toLowerCase());
  const parameters: Parameter[] = [];
  const conditions = conditionsSql(where, typeOf, parameters);
  if (holding !== undefined)
    conditions.push(
      anyOf(holding.columns.map((column) => holdsSql(column, holding.text, typeOf, parameters))),
    );
  const sums = Object.entries(measures ?? {}).map(([name, one]) => `${measureSql(one)} AS ${quoted(name)}`);
  const isSummed = measures !== undefined && columns !== undefined && columns.length > 0;
  const sql = [
    `SELECT ${columns === undefined && sums.length === 0 ? "*" : [...(columns ?? []).map(quoted), ...sums].join(", ")} FROM ${quotedTable(from, project)}`,
    ...(conditions.length > 0 ? [`WHERE ${conditions.join(" AND ")}`] : []),
    ...(isSummed ? [`GROUP BY ${columns.map(quoted).join(", ")}`] : []),
    ...ordersSql(orderBy),
    `LIMIT ${Math.trunc(limit)} OFFSET ${Math.trunc(offset)}`,
  ].join(" ");
  return { sql, parameters };
}

/** A select for each table; they share their parameters. */
export function unionSql(selection: UnionSelection, project: string): Statement {
  const { from, columns, types, where = [], holding, orderBy = [], limit, eachMax } = selection;
  const parameters: Parameter[] = [];
  const typeOf = (column: string) => types[column];
  const conditions = conditionsSql(where, typeOf, parameters);
  const holds = (holding?.columns ?? []).map((column) => ({
    column,
    sql: holdsSql(column, holding!.text, typeOf, parameters),
  }));
  const branches = from.map(({ table, has }, index) => {
    const shown = columns.map((name) =>
      has.includes(name) ? quoted(name) : `CAST(NULL AS ${types[name]}) AS ${quoted(name)}`,
    );
    const held = holds.filter(({ column }) => has.includes(column)).map(({ sql }) => sql);
    const all = [...conditions, ...(holding === undefined ? [] : [anyOf(held)])];
    return [
      `(SELECT ${[`${index} AS ${place}`, ...shown].join(", ")} FROM ${quotedTable(table, project)}`,
      ...(all.length > 0 ? [`WHERE ${all.join(" AND ")}`] : []),
      ...(eachMax === undefined ? [] : [`LIMIT ${Math.trunc(eachMax)}`]),
    ].join(" ");
  });
  const sql = [
    `SELECT * FROM (${branches.map((branch) => `${branch})`).join(" UNION ALL ")})`,
    ...ordersSql(orderBy),
    `LIMIT ${Math.trunc(limit)}`,
  ].join(" ");
  return { sql, parameters };
}

/** Beside the columns of a union: of which table a row is. */
const place = "place_in_union";

export function ofUnion({ [place]: from, ...row }: Record<string, Value>): UnionRows["rows"][number] {
  return { from: Number(from), row };
}

/** @param parameters gets those that the text needs */
function conditionsSql(where: readonly Condition[], typeOf: TypeOf, parameters: Parameter[]): string[] {
  return where.map(({ column, is, value }) => {
    const parameter = (one: string | number | boolean) => {
      const name = `p${parameters.length}`;
      parameters.push({ name, type: typeOf(column) ?? typeOfValue(one), value: String(one) });
      return `@${name}`;
    };
    return is === "in"
      ? `${quoted(column)} IN (${value.map(parameter).join(", ")})`
      : `${quoted(column)} ${is} ${parameter(value)}`;
  });
}

/** @param parameters gets the one that the text needs */
function holdsSql(column: string, text: string, typeOf: TypeOf, parameters: Parameter[]): string {
  const isJson = typeOf(column) === "JSON";
  const name = `p${parameters.length}`;
  parameters.push({ name, type: "STRING", value: isJson ? inJson(text) : text });
  return `STRPOS(${isJson ? `TO_JSON_STRING(${quoted(column)})` : quoted(column)}, @${name}) > 0`;
}

const anyOf = (conditions: readonly string[]) => `(${conditions.join(" OR ") || "FALSE"})`;

function ordersSql(orderBy: NonNullable<Selection["orderBy"]>): string[] {
  const orders = orderBy.map(({ column, descending }) => quoted(column) + (descending ? " DESC" : ""));
  return orders.length > 0 ? [`ORDER BY ${orders.join(", ")}`] : [];
}

function measureSql(measure: Measure): string {
  if (measure.is === "count") return "COUNT(*)";
  const column = quoted(measure.column);
  return measure.is === "distinct" ? `COUNT(DISTINCT ${column})` : `${measure.is.toUpperCase()}(${column})`;
}

function typeOfValue(value: string | number | boolean): string {
  return typeof value === "number" ? "INT64" : typeof value === "boolean" ? "BOOL" : "STRING";
}
