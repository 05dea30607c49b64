/** The name of a table in the warehouse. Two of them are the same table when their texts are equal. */
export interface TableRef {
  readonly project?: string;
  readonly dataset: string;
  readonly table: string;
}

/** `table`, `dataset.table` or `project.dataset.table`, in the letters that BigQuery takes.
 *  Source: https://cloud.google.com/bigquery/docs/tables#table_naming, …/datasets#dataset-naming */
export const tablePattern =
  "^(?:(?:[a-z][a-z0-9.:-]{0,60}[a-z0-9]\\.)?[A-Za-z0-9_]{1,300}\\.)?[A-Za-z0-9_-]{1,300}$";

const valid = new RegExp(tablePattern);

/** Datasets of the warehouses themselves, in lower case: no table can be made there. */
export const warehouseDatasets: readonly string[] = ["information_schema", "pg_catalog"];

/** @param defaultDataset the dataset of a bare table name
 *  @returns undefined where the text is not a table's name */
export function parseTable(text: string, defaultDataset: string): TableRef | undefined {
  if (!valid.test(text)) return undefined;
  const parts = text.split(".");
  const table = parts.pop()!;
  const dataset = parts.pop() ?? defaultDataset;
  const project = parts.join(".");
  return project === "" ? { dataset, table } : { project, dataset, table };
}

/** The dataset with its project, as people write it. */
export function datasetName({ project, dataset }: TableRef): string {
  return project === undefined ? dataset : `${project}.${dataset}`;
}

export function tableName(ref: TableRef): string {
  return `${datasetName(ref)}.${ref.table}`;
}

/** Another table or view in the same dataset. */
export function sibling(ref: TableRef, table: string): TableRef {
  return { ...ref, table };
}
