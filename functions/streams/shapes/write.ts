import { requestRefused } from "../../problems.ts";
import { isCell } from "../records/backend-events.ts";
import { isValuePath, jsonPath, parsePath, type Path, ways } from "../records/path.ts";
import type { Stream } from "../stream.ts";
import { tableName } from "../../table.ts";
import type { Cells, Shape } from "./shape.ts";
import { instant, isText, text } from "./words.ts";

/** Where each cell is: a path, or `=text`. */
export type CellTexts = Readonly<Record<string, string>>;

export interface WrittenShape {
  readonly sql: string;
  /** All cells, with what was typed and what the stream says itself. */
  readonly cells: CellTexts;
}

/** The SELECT that gives a stream's records in a shape. It runs on both grounds as it stands.
 *  @throws request_refused for cells that the shape has not, or lacks, and for what is no path */
export function writeShape(shape: Shape, stream: Stream, typed: CellTexts): WrittenShape {
  const cells = cellsOf(shape, stream, typed);
  const names: Cells = Object.fromEntries(Object.keys(cells).map((name) => [name, `${name}_cell`]));
  const ofHits = shape.isOfHits === true || stream.key === undefined;
  const view = stream.items === undefined ? (ofHits ? "unique" : "current") : ofHits ? "items" : "current";
  const read = Object.entries(cells).map(
    ([name, cell]) => `      ${cellSql(name, cell, stream)} AS ${names[name]}`,
  );
  const prepared = { happened_at: instant(names[shape.time]), ...shape.prepared?.(names) };
  const made = Object.entries(prepared).map(([name, sql]) => `    ${sql} AS ${name}`);
  const table = `\`${tableName({ ...stream.table, table: `${stream.table.table}_${view}` })}\``;
  const from = [
    "FROM (",
    "  SELECT *,",
    made.join(",\n"),
    "  FROM (",
    "    SELECT",
    [...read, "      received_at", "      date"].join(",\n"),
    `    FROM ${table}`,
    "  ) AS cells",
    ") AS made",
  ].join("\n");
  const [first, ...more] = shape.columns(names).map((columns) => selectOf(columns, from));
  const sql =
    more.length === 0
      ? first!
      : `SELECT *\nFROM (\n${[first, ...more].join("\nUNION ALL\n")}\n) AS rows_of_each`;
  return { sql, cells };
}

/** Without WITH: a view, and whoever puts the text in brackets, takes it as it is. */
function selectOf(columns: ReturnType<Shape["columns"]>[number], from: string): string {
  const required = columns.filter(({ isRequired }) => isRequired === true);
  const where = required.map(({ sql }) => `NULLIF(${sql}, '') IS NOT NULL`).join(" AND ");
  return [
    "SELECT",
    columns.map(({ name, sql }) => `  ${sql} AS ${name}`).join(",\n"),
    from,
    ...(where === "" ? [] : [`WHERE ${where}`]),
  ].join("\n");
}

function cellsOf(shape: Shape, stream: Stream, typed: CellTexts): CellTexts {
  const allowed = Object.keys(shape.cells);
  const strange = Object.keys(typed).find((name) => !allowed.includes(name));
  if (strange !== undefined)
    throw refused(shape, `has no cell ${JSON.stringify(strange)}; allowed are ${allowed.join(", ")}`);
  const found: Record<string, string> = {};
  for (const [name, { usual, constant }] of Object.entries(shape.cells)) {
    const own = usual === undefined ? undefined : stream[usual];
    const cell = typed[name] ?? (Array.isArray(own) ? undefined : own) ?? (constant && `=${constant}`);
    if (cell !== undefined) found[name] = cell as string;
  }
  const missing = Object.entries(shape.cells)
    .filter(([name, { required }]) => required === true && found[name] === undefined)
    .map(([name, { says }]) => `${name} (${says})`);
  if (missing.length > 0)
    throw refused(shape, `needs to know where ${missing.join(", ")} is: a path into the payload, or =text`);
  const { oneOf } = shape;
  if (oneOf !== undefined && !oneOf.some((name) => found[name] !== undefined))
    throw refused(shape, `needs one of ${oneOf.join(", ")}: a path into the payload, or =text`);
  return found;
}

function refused({ name }: Shape, what: string): Error {
  return requestRefused({ what: `The shape ${name} ${what}` });
}

function cellSql(name: string, cell: string, { items }: Stream): string {
  if (!isCell(cell) || !isText(cell))
    throw requestRefused({
      what: `${name} is ${JSON.stringify(cell)}; allowed is a path into the payload such as order.id, or = and the text itself, without quotes and backslashes`,
    });
  if (!isValuePath(cell)) return text(cell.slice(1));
  const path = parsePath(cell)!;
  if (path.from === "hit" && items !== undefined)
    throw requestRefused({
      what: `${name} is ${JSON.stringify(cell)}, which leads out of the item; the views of items have the item and the headers`,
    });
  return valueSql(path, items === undefined ? "fields" : "item");
}

function valueSql(path: Path, body: string): string {
  const json = path.from === "header" ? "headers" : body;
  const values = ways(path).map((way) => `JSON_VALUE(${json}, '${jsonPath(way)}')`);
  return values.length === 1 ? values[0]! : `COALESCE(${values.join(", ")})`;
}
