import { schemaDiffers } from "../../../../functions/problems.ts";
import { tableName, type TableRef } from "../../../../functions/table.ts";
import type { Replacement, Warehouse } from "../../../../functions/warehouse.ts";
import type { Tables } from "../tables.ts";
import { googleSqlOf, quotedTable } from "../dialect.ts";

/** One statement, which is all or nothing: readers see the old table until it is done.
 *  Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/data-definition-language */
export function openReplace(
  { describe, label, write }: Pick<Tables, "describe" | "label"> & Pick<Warehouse, "write">,
  project: string,
): Warehouse["replaceTable"] {
  return async (table, replacement, options) => {
    const there = await describe(table);
    if (there !== undefined && (there.kind !== "table" || !there.ours))
      throw schemaDiffers({
        table: tableName(table),
        differences: `a ${there.kind} that is no table of ours has its name`,
      });
    await write([replacing(table, replacement, project)], options);
    await label(table);
  };
}

function replacing(table: TableRef, { select, description, partitionBy }: Replacement, project: string) {
  const sql = googleSqlOf(project);
  const partitions = partitionBy === undefined ? "" : `PARTITION BY ${sql.name(partitionBy)} `;
  return (
    `CREATE OR REPLACE TABLE ${quotedTable(table, project)} ${partitions}` +
    `OPTIONS(description = ${sql.text(description)}, labels = [('afterclick', 'true')]) AS ${select}`
  );
}
