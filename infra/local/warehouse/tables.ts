/** What tables and views there are, held in memory: only this process writes the file, and DuckDB's own
 *  listing walks every table, which a thousand streams would pay for a thousand times.
 *  Longer than most files: what is remembered and the statements that change it must never part. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { datasetMissing, schemaDiffers, tableMissing } from "../../../functions/problems.ts";
import { datasetName, parseTable, tableName, type TableRef } from "../../../functions/table.ts";
import type {
  Column,
  ColumnType,
  Replacement,
  TableDescription,
  TableSpec,
  View,
} from "../../../functions/warehouse.ts";
import { catalog, label, literal, messageOf, oneLine, quoted, sqlName } from "./sql.ts";
import type { Columns } from "./rows/rows.ts";
import { viewSql } from "./views.ts";

const sqlTypes: Record<ColumnType, string> = {
  STRING: "varchar",
  INT64: "bigint",
  DATE: "date",
  JSON: "json",
  BYTES: "blob",
  BOOL: "boolean",
  NUMERIC: "decimal(38,9)",
  "ARRAY<STRING>": "varchar[]",
};
const columnTypes: Record<string, ColumnType> = {
  VARCHAR: "STRING",
  BIGINT: "INT64",
  DATE: "DATE",
  JSON: "JSON",
  BLOB: "BYTES",
  BOOLEAN: "BOOL",
  "DECIMAL(38,9)": "NUMERIC",
  "VARCHAR[]": "ARRAY<STRING>",
};

interface Entry {
  readonly kind: "table" | "view";
  readonly comment: string;
  readonly columns: Columns;
}
export interface Named extends Entry {
  readonly dataset: string;
  readonly name: string;
}
interface Dataset {
  readonly name: string;
  /** By lower-case name: DuckDB does not tell `Leads` from `leads`. */
  readonly entries: Map<string, Entry & { readonly name: string }>;
}

export interface Catalogue {
  /** @throws dataset_missing; schema_differs where only the case differs, since both would be one table */
  find(table: TableRef): Entry | undefined;
  /** @throws table_missing, dataset_missing, schema_differs */
  get(table: TableRef): Entry;
  /** By names in any case, as SQL has them. */
  seek(dataset: string, table: string): Named | undefined;
  describe(table: TableRef): TableDescription | undefined;
  ownTables(): TableRef[];
  createDataset(writer: DuckDBConnection, table: TableRef): Promise<void>;
  createTable(writer: DuckDBConnection, table: TableRef, spec: TableSpec): Promise<void>;
  addColumns(writer: DuckDBConnection, table: TableRef, columns: readonly Column[]): Promise<void>;
  putView(writer: DuckDBConnection, view: TableRef, definition: View): Promise<void>;
  /** What makes the table of a SELECT. @throws schema_differs, dataset_missing */
  replacing(table: TableRef, replacement: Replacement): string[];
  /** Once that is committed. */
  replaced(connection: DuckDBConnection, table: TableRef, replacement: Replacement): Promise<void>;
  /** Does nothing where there is none. @returns its tables and views, as they are named in SQL
   *  @throws schema_differs where something in it is not ours */
  dropDataset(writer: DuckDBConnection, dataset: string): Promise<string[]>;
}

export async function loadCatalogue(connection: DuckDBConnection): Promise<Catalogue> {
  const datasets = await load(connection);

  function dataset(table: TableRef): Dataset {
    const name = datasetName(table);
    const found = datasets.get(name.toLowerCase());
    if (found === undefined) throw datasetMissing({ dataset: name });
    if (found.name !== name) throw otherCase(tableName(table), "dataset", found.name);
    return found;
  }

  function find(table: TableRef): Entry | undefined {
    const entry = dataset(table).entries.get(table.table.toLowerCase());
    if (entry !== undefined && entry.name !== table.table)
      throw otherCase(tableName(table), entry.kind, entry.name);
    return entry;
  }

  function get(table: TableRef): Entry {
    const entry = find(table);
    if (entry === undefined) throw tableMissing({ table: tableName(table) });
    return entry;
  }

  /** After a change: the columns as DuckDB has them now. */
  async function reload(
    connection: DuckDBConnection,
    table: TableRef,
    kind: Entry["kind"],
    comment: string,
  ): Promise<void> {
    const reader = await connection.runAndReadAll(`describe ${sqlName(table)}`);
    const columns = reader.getRows().map(([name, type, nullable]) => described(name, type, nullable));
    dataset(table).entries.set(table.table.toLowerCase(), {
      name: table.table,
      kind,
      comment,
      columns,
    });
  }

  async function createDataset(writer: DuckDBConnection, table: TableRef): Promise<void> {
    const name = datasetName(table);
    const found = datasets.get(name.toLowerCase());
    if (found !== undefined) {
      if (found.name !== name) throw otherCase(tableName(table), "dataset", found.name);
      return;
    }
    await refusing(table, () => writer.run(`create schema ${quoted(catalog)}.${quoted(name)}`));
    datasets.set(name.toLowerCase(), { name, entries: new Map() });
  }

  async function createTable(writer: DuckDBConnection, table: TableRef, spec: TableSpec): Promise<void> {
    if (find(table) !== undefined) return;
    const columns = spec.columns.map(
      ({ name, type, required }) =>
        `${quoted(name)} ${sqlTypes[type]}${required === true ? " not null" : ""}`,
    );
    const comment = `${label}${spec.description}`;
    await refusing(table, () =>
      together(writer, [
        `create table ${sqlName(table)} (${columns.join(", ")})`,
        `comment on table ${sqlName(table)} is ${literal(comment)}`,
        ...spec.columns.map((column) => columnComment(table, column)),
      ]),
    );
    await reload(writer, table, "table", comment);
  }

  async function addColumns(
    writer: DuckDBConnection,
    table: TableRef,
    columns: readonly Column[],
  ): Promise<void> {
    const entry = get(table);
    if (entry.kind !== "table")
      throw schemaDiffers({
        table: tableName(table),
        differences: "it is a view",
      });
    const there = new Set(entry.columns.map(({ name }) => name.toLowerCase()));
    const missing = columns.filter(({ name }) => !there.has(name.toLowerCase()));
    if (missing.length === 0) return;
    await refusing(table, () =>
      together(
        writer,
        missing.flatMap((column) => [
          `alter table ${sqlName(table)} add column ${quoted(column.name)} ${sqlTypes[column.type]}`,
          columnComment(table, column),
        ]),
      ),
    );
    await reload(writer, table, "table", entry.comment);
  }

  function sqlOf(view: View): string {
    if (view.kind === "written") return view.sql;
    const of = view.kind === "dead_letter_states" ? view.letters : view.of;
    const { columns } = get(of);
    if (view.kind === "dead_letter_states") get(view.events);
    else if (
      view.kind !== "unique" &&
      !columns.some(({ name, type }) => name === "fields" && type === "JSON")
    )
      throw schemaDiffers({ table: tableName(of), differences: "it has no column fields of type JSON" });
    return viewSql(
      view,
      columns.map(({ name }) => name),
    );
  }

  async function putView(writer: DuckDBConnection, view: TableRef, definition: View): Promise<void> {
    const there = find(view);
    const sql = sqlOf(definition);
    const comment = `${label}${sql}`;
    if (there?.comment === comment) return;
    if (there !== undefined && (there.kind !== "view" || !isOurs(there)))
      throw schemaDiffers({
        table: tableName(view),
        differences: `a ${there.kind} that is no view of ours has its name`,
      });
    await refusing(view, () =>
      together(writer, [
        `create or replace view ${sqlName(view)} as ${sql}`,
        `comment on view ${sqlName(view)} is ${literal(comment)}`,
      ]),
    );
    await reload(writer, view, "view", comment);
  }

  function replacing(table: TableRef, { select, description }: Replacement): string[] {
    const there = find(table);
    if (there !== undefined && (there.kind !== "table" || !isOurs(there)))
      throw schemaDiffers({
        table: tableName(table),
        differences: `a ${there.kind} that is no table of ours has its name`,
      });
    return [
      `create or replace table ${sqlName(table)} as ${select}`,
      `comment on table ${sqlName(table)} is ${literal(`${label}${description}`)}`,
    ];
  }

  async function dropDataset(writer: DuckDBConnection, name: string): Promise<string[]> {
    const there = datasets.get(name.toLowerCase());
    if (there === undefined) return [];
    const entries = [...there.entries.values()];
    const foreign = entries.find((entry) => !isOurs(entry));
    if (foreign !== undefined)
      throw schemaDiffers({ table: `${name}.${foreign.name}`, differences: "somebody else made it" });
    await writer.run(`drop schema ${quoted(catalog)}.${quoted(there.name)} cascade`);
    datasets.delete(name.toLowerCase());
    return entries.map((entry) => sqlName({ dataset: there.name, table: entry.name }));
  }

  function describe(table: TableRef): TableDescription | undefined {
    const entry = find(table);
    return entry && { kind: entry.kind, ours: isOurs(entry), columns: entry.columns };
  }

  function ownTables(): TableRef[] {
    return [...datasets.values()].flatMap(({ name: dataset, entries }) =>
      [...entries.values()]
        .filter((entry) => entry.kind === "table" && isOurs(entry))
        .flatMap(({ name }) => parseTable(`${dataset}.${name}`, "") ?? []),
    );
  }

  function seek(datasetText: string, table: string): Named | undefined {
    const there = datasets.get(datasetText.toLowerCase());
    const entry = there?.entries.get(table.toLowerCase());
    return entry && { ...entry, dataset: there!.name };
  }

  return {
    find,
    seek,
    get,
    describe,
    ownTables,
    createDataset,
    createTable,
    addColumns,
    putView,
    replacing,
    replaced: (connection, table, { description }) =>
      reload(connection, table, "table", `${label}${description}`),
    dropDataset,
  };
}

const catalogError = /^(Catalog|Permission|Dependency|Binder) Error: */;

async function load(connection: DuckDBConnection): Promise<Map<string, Dataset>> {
  const rows = async (sql: string) => (await connection.runAndReadAll(sql, [catalog])).getRows();
  const datasets = new Map<string, Dataset>();
  for (const [name] of await rows("select schema_name from duckdb_schemas() where database_name = $1"))
    datasets.set(String(name).toLowerCase(), {
      name: String(name),
      entries: new Map(),
    });
  const columns = new Map<string, Columns[number][]>();
  for (const [schema, table, ...column] of await rows(
    "select schema_name, table_name, column_name, data_type, if(is_nullable, 'YES', 'NO') " +
      "from duckdb_columns() where database_name = $1 and not internal order by schema_name, table_name, column_index",
  )) {
    const key = JSON.stringify([schema, table]);
    const list = columns.get(key) ?? [];
    columns.set(key, list);
    list.push(described(column[0], column[1], column[2]));
  }
  for (const [schema, name, kind, comment] of await rows(
    "select schema_name, table_name, 'table', comment from duckdb_tables() where database_name = $1 and not internal " +
      "union all select schema_name, view_name, 'view', comment from duckdb_views() where database_name = $1 and not internal",
  ))
    datasets.get(String(schema).toLowerCase())?.entries.set(String(name).toLowerCase(), {
      name: String(name),
      kind: kind === "table" ? "table" : "view",
      comment: typeof comment === "string" ? comment : "",
      columns: columns.get(JSON.stringify([schema, name])) ?? [],
    });
  return datasets;
}

function described(name: unknown, type: unknown, nullable: unknown): Columns[number] {
  return {
    name: String(name),
    type: columnTypes[String(type)] ?? String(type),
    required: nullable === "NO",
  };
}

/** Whether we made it. */
export function isOurs({ comment }: Entry): boolean {
  return comment.startsWith(label);
}

function columnComment(table: TableRef, { name, description }: Column): string {
  return `comment on column ${sqlName(table)}.${quoted(name)} is ${literal(description)}`;
}

/** All statements or none, in one trip to DuckDB's thread. */
async function together(writer: DuckDBConnection, statements: readonly string[]): Promise<void> {
  try {
    await writer.run(["begin", ...statements, "commit"].join(";\n"));
  } catch (error) {
    // The failure below is the one to tell; a transaction that is gone needs no rollback.
    await writer.run("rollback").catch(() => {});
    throw error;
  }
}

/** What DuckDB's catalog does not take, in its own words: there are no permissions here to
 *  grant. Other errors pass. */
async function refusing(table: TableRef, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (catalogError.test(messageOf(error)))
      throw schemaDiffers(
        {
          table: tableName(table),
          differences: oneLine(error).replace(catalogError, "").replace(/\.$/, ""),
        },
        error,
      );
    throw error;
  }
}

function otherCase(table: string, kind: string, written: string): Error {
  return schemaDiffers({
    table,
    differences: `this warehouse does not tell upper from lower case, and the ${kind} is written ${written} here`,
  });
}
