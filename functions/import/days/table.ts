import type { Column, TableSpec } from "../../warehouse.ts";

const column = (name: string, type: Column["type"], description: string): Column => ({
  name,
  type,
  description,
});
const needed = (...given: Parameters<typeof column>): Column => ({ ...column(...given), required: true });

/** One row a day of an import, written when its state is another one. It holds nothing that is not in
 *  `import_files`: what is in time is judged in one place. */
export const importDays: TableSpec = {
  description: "Days of imports, and whether their data came in time",
  columns: [
    needed("import_id", "STRING", "The name of the import"),
    needed("date", "DATE", "The day whose data it is, in the zone of the import"),
    needed("due_at", "INT64", "When it is due, in ms since 1970"),
    needed("state", "STRING", "not_expected, waiting, on_time, on_time_empty, failed_file, late or missing"),
    column("first_arrival", "INT64", "When its data came, in ms since 1970"),
    column("late_by", "INT64", "How long after due_at, in ms"),
    needed("rows", "INT64", "How many events of the day are there"),
    column("file_id", "STRING", "The file by which it came, or that failed"),
    needed("changed_at", "INT64", "When this was written, in ms since 1970"),
  ],
  partitionBy: "date",
  clusterBy: ["import_id"],
};

export const daysTableName = "import_days";
