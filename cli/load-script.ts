import { rowColumns, rowSpec } from "../functions/hits/row.ts";
import type { ColumnType } from "../functions/warehouse.ts";

/** How rows go into BigQuery: by a table of their own. In Parquet all columns are optional, which
 *  BigQuery takes for NULLABLE, while ours has REQUIRED ones; and its documents name no JSON column that
 *  a file brings for certain.
 *  Source: https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-parquet#parquet_conversions */

const jsonNames = rowColumns.filter(({ type }) => type === "JSON").map(({ name }) => name);

/** One SELECT of the embedded warehouse: the columns of a row in their order, JSON as text.
 *  @param table as standard SQL names it
 *  @param has the columns that it has: one of an earlier version lacks some */
export function movedSql(table: string, has: ReadonlySet<string>, where: string): string {
  const columns = rowColumns.map(({ name, type }) => {
    const wanted = type === "JSON" ? "VARCHAR" : duckdbTypes[type];
    return `CAST(${has.has(name) ? `"${name}"` : "NULL"} AS ${wanted}) AS "${name}"`;
  });
  return `SELECT ${columns.join(", ")} FROM ${table} WHERE ${where} ORDER BY date, received_at, hit_id`;
}

const duckdbTypes: Readonly<Record<Exclude<ColumnType, "JSON">, string>> = {
  STRING: "VARCHAR",
  INT64: "BIGINT",
  DATE: "DATE",
  BYTES: "BLOB",
  BOOL: "BOOLEAN",
  NUMERIC: "DECIMAL(38,9)",
  "ARRAY<STRING>": "VARCHAR[]",
};

/** BigQuery's schema files, as `bq mk` takes them: of the table as deliver makes it, and of the
 *  one that files go into. */
export function schemaFiles(): { table: string; staged: string } {
  const fields = rowColumns.map(({ name, type, required, description }) => ({
    name,
    type,
    mode: required === true ? "REQUIRED" : "NULLABLE",
    description,
  }));
  const staged = fields.map(({ name, type }) => ({ name, type: type === "JSON" ? "STRING" : type }));
  return { table: `${JSON.stringify(fields, null, 2)}\n`, staged: `${JSON.stringify(staged, null, 2)}\n` };
}

export interface MovedTable {
  /** `dataset.table`, or with a project of its own before it. */
  readonly name: string;
  /** In the folder, in the order of their days. */
  readonly files: readonly string[];
}

const names = rowColumns.map(({ name }) => name).join(", ");
// A number that no double holds exactly stands as a text in our JSON; rounding is for
// what somebody wrote by hand.
const values = rowColumns
  .map(({ name }) => (jsonNames.includes(name) ? `PARSE_JSON(${name}, wide_number_mode=>'round')` : name))
  .join(", ");

/** The shell script that loads the files of the folder it lies in. Names of tables need no quotes in it:
 *  letters, digits and _ . : - are all there is. */
export function loadScript(tables: readonly MovedTable[]): string {
  return `#!/bin/sh
# Loads the rows of one machine into BigQuery, from the files beside it: sh load.sh PROJECT
# Needs bq of the Google Cloud CLI, and the roles BigQuery Data Editor (on the datasets) and BigQuery Job User.
# It may be run again: a hit that is there already is left out. Written by afterclick move.
set -eu
cd "$(dirname "$0")"
project=\${1:?"Name the project: sh load.sh PROJECT"}

# PROJECT DATASET TABLE FILE...
load() {
  there=$1.$2.$3 staged=$1.$2.$3_afterclick_moved
  table=$1:$2.$3 staging=$1:$2.$3_afterclick_moved
  shift 3
  bq --project_id="$project" show "$table" >/dev/null 2>&1 ||
    bq --project_id="$project" mk --table --schema=table.json --time_partitioning_type=DAY \\
      --time_partitioning_field=${rowSpec.partitionBy} --clustering_fields=${rowSpec.clusterBy.join(",")} --label=afterclick:true \\
      --description="${rowSpec.description}" "$table"
  for file in "$@"; do
    bq --project_id="$project" rm -f -t "$staging"
    bq --project_id="$project" mk --table --schema=staged.json "$staging"
    bq --project_id="$project" load --source_format=PARQUET "$staging" "$file"
    bq --project_id="$project" query --use_legacy_sql=false "INSERT INTO \\\`$there\\\` (${names})
      SELECT ${values} FROM \\\`$staged\\\` AS moved
      WHERE NOT EXISTS (SELECT 1 FROM \\\`$there\\\` AS old WHERE old.date = moved.date AND old.hit_id = moved.hit_id)"
  done
  bq --project_id="$project" rm -f -t "$staging"
}

${tables.map(loadLine).join("\n")}
`;
}

function loadLine({ name, files }: MovedTable): string {
  const parts = name.split(".");
  const table = parts.pop()!;
  const dataset = parts.pop()!;
  const project = parts.length === 0 ? '"$project"' : parts.join(".");
  return ["load", project, dataset, table, ...files].join(" ");
}
