import type { default as api } from "@google-cloud/bigquery/build/src/types.js";
import { BoundedMap } from "../../../functions/bounded.ts";
import { isProblem } from "../../../functions/problem.ts";
import { datasetMissing, schemaDiffers, tableMissing, warehouseDown } from "../../../functions/problems.ts";
import { datasetName, tableName, type TableRef } from "../../../functions/table.ts";
import type { Column, TableDescription, TableSpec, View } from "../../../functions/warehouse.ts";
import { isDuplicate, isNotFound, isOutdated, restFault } from "./rest-problems.ts";
import type { Rest } from "./rest.ts";
import type { KnownTables } from "./known-tables.ts";
import { typeOf } from "./values.ts";
import { viewSql } from "./views.ts";

type Field = api.default.ITableFieldSchema;
type Table = api.default.ITable;

/** Tables and views through API calls: no query job makes or changes one.
 *
 *  Past 300 lines because both are one resource there: read, made and changed by the same few calls. */
export interface Tables {
  describe(table: TableRef): Promise<TableDescription | undefined>;
  createDataset(table: TableRef): Promise<void>;
  createTable(table: TableRef, spec: TableSpec): Promise<void>;
  addColumns(table: TableRef, columns: readonly Column[]): Promise<void>;
  putView(view: TableRef, definition: View): Promise<void>;
  /** Puts our label on a table that a statement of ours has made: the emulator drops the statement's. */
  label(table: TableRef): Promise<void>;
  /** The region of the table's dataset in lower case, e.g. `eu`. @throws dataset_missing,
   *  table_forbidden, warehouse_down */
  locationOf(table: TableRef): Promise<string>;
  /** Whether a dataset of another project is open to this account, where one table of it would do. */
  seesBeside(table: TableRef): Promise<boolean>;
}

/** Our label: a table that carries it may be given missing columns. */
const label = { afterclick: "true" } as const;
/** Two instances that add columns at once meet so often at most. */
const rivalsMax = 5;
const locationsMax = 10_000;

/** @param project of tables that name none
 *  @param location of datasets that are made, e.g. `EU` */
export function openTables(
  rest: Rest,
  known: KnownTables,
  { project, location }: { project: string; location: string },
): Tables {
  const locations = new BoundedMap<string, string>(locationsMax);

  async function describe(ref: TableRef): Promise<TableDescription | undefined> {
    const table = await get(ref);
    if (table === undefined) return undefined;
    return {
      kind: table.type === "TABLE" ? "table" : table.type === "VIEW" ? "view" : "other",
      ours: table.labels?.["afterclick"] !== undefined,
      columns: (table.schema?.fields ?? []).map((field) => ({
        name: field.name ?? "",
        type: typeOf({ type: field.type ?? "", mode: field.mode }),
        required: field.mode === "REQUIRED",
      })),
    };
  }

  /** @throws dataset_missing */
  async function get(ref: TableRef): Promise<Table | undefined> {
    const table = await getIfThere(ref);
    // A missing dataset is "not found" as well; it is asked for rather than the sentence read.
    if (table === undefined) await lookUpLocation(ref);
    return table;
  }

  /** @returns undefined also where the dataset is missing */
  async function getIfThere(ref: TableRef): Promise<Table | undefined> {
    let table: Table;
    try {
      table = await rest.call<Table>("GET", pathOf(ref));
    } catch (error) {
      if (!isNotFound(error)) throw restFault(error, ref);
      known.missing(ref);
      return undefined;
    }
    if (table.location) remember(ref, table.location);
    known.read(ref, columnNames(table), createdAt(table));
    return table;
  }

  async function createDataset(ref: TableRef): Promise<void> {
    const datasetReference = {
      projectId: projectOf(ref),
      datasetId: ref.dataset,
    };
    // Most often it is there, and whoever may not make datasets may well look at this one.
    try {
      await lookUpLocation(ref);
      return;
    } catch (error) {
      if (!isProblem(error, datasetMissing)) throw error;
    }
    try {
      await rest.call("POST", `/projects/${projectOf(ref)}/datasets`, {
        body: { datasetReference, location, labels: label },
      });
    } catch (error) {
      if (!isDuplicate(error)) throw restFault(error, ref);
    }
  }

  async function createTable(ref: TableRef, spec: TableSpec): Promise<void> {
    // Known from the look that came before, most often; a missing dataset is not left
    // to the words of an error.
    await locationOf(ref);
    const made = await insert(ref, {
      description: spec.description,
      schema: {
        fields: spec.columns.map((column) => fieldOf(column, column.required ? "REQUIRED" : "NULLABLE")),
      },
      timePartitioning: { type: "DAY", field: spec.partitionBy },
      clustering: { fields: [...spec.clusterBy] },
    });
    if (made === undefined) known.taken(ref);
    else known.made(ref, createdAt(made));
  }

  /** Does nothing where the name is taken. @returns the table as it was made; undefined
   *  where the name is taken */
  async function insert(ref: TableRef, table: Table): Promise<Table | undefined> {
    const tableReference = {
      projectId: projectOf(ref),
      datasetId: ref.dataset,
      tableId: ref.table,
    };
    try {
      return await rest.call<Table>("POST", `${datasetPath(ref)}/tables`, {
        body: { tableReference, labels: label, ...table },
      });
    } catch (error) {
      if (!isDuplicate(error)) throw restFault(error, ref);
      return undefined;
    }
  }

  async function addColumns(ref: TableRef, columns: readonly Column[]): Promise<void> {
    await change(ref, (table) => {
      const fields = table.schema?.fields ?? [];
      const names = new Set(fields.map(({ name }) => name?.toLowerCase()));
      const missing = columns.filter(({ name }) => !names.has(name.toLowerCase()));
      if (missing.length === 0) return undefined;
      // The others go back as they came: also what we know nothing of, e.g. policy tags.
      return {
        schema: {
          fields: [...fields, ...missing.map((column) => fieldOf(column, "NULLABLE"))],
        },
      };
    });
  }

  async function putView(ref: TableRef, definition: View): Promise<void> {
    const query = viewSql(definition, await columnsOf(definition), project);
    const view = { query, useLegacySql: false };
    const description = definition.kind === "written" ? definition.about : descriptions[definition.kind];
    const there = await getIfThere(ref);
    if (there === undefined) {
      const made = await insert(ref, { view, description });
      if (made !== undefined) return;
    }
    const decide = (found: Table) => {
      if (found.type !== "VIEW") {
        const differences = `it is a ${(found.type ?? "thing").toLowerCase()}, and a view of Afterclick has this name`;
        throw schemaDiffers({ table: tableName(ref), differences });
      }
      return found.view?.query === query ? undefined : { view };
    };
    await change(ref, decide, there);
  }

  async function columnsOf(definition: View): Promise<readonly string[]> {
    if (definition.kind === "written") return [];
    const of = definition.kind === "dead_letter_states" ? definition.letters : definition.of;
    const columns = known.columns(of);
    if (columns !== undefined) return columns;
    const table = await get(of);
    if (table === undefined) throw tableMissing({ table: tableName(of) });
    return columnNames(table);
  }

  /** Reads, decides and writes, again where somebody else wrote in between.
   *  @param decide undefined: nothing is to be changed
   *  @param read the table, where it was read a moment ago */
  async function change(
    ref: TableRef,
    decide: (table: Table) => Table | undefined,
    read?: Table,
  ): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const table = attempt === 1 && read ? read : await get(ref);
      if (table === undefined) throw tableMissing({ table: tableName(ref) });
      const body = decide(table);
      if (body === undefined) return;
      try {
        await rest.call("PATCH", pathOf(ref), {
          body,
          ...(table.etag && { ifMatch: table.etag }),
        });
        known.changed(ref);
        return;
      } catch (error) {
        if (!isOutdated(error))
          throw isNotFound(error) ? tableMissing({ table: tableName(ref) }, error) : restFault(error, ref);
        if (attempt >= rivalsMax)
          throw warehouseDown({ why: `${tableName(ref)} is being changed by others` }, error);
      }
    }
  }

  async function locationOf(ref: TableRef): Promise<string> {
    return locations.get(datasetKey(ref)) ?? lookUpLocation(ref);
  }

  async function lookUpLocation(ref: TableRef): Promise<string> {
    try {
      const dataset = await rest.call<{ location?: string }>("GET", datasetPath(ref), {
        query: { datasetView: "METADATA" },
      });
      return remember(ref, dataset.location ?? location);
    } catch (error) {
      throw isNotFound(error) ? datasetMissing({ dataset: datasetName(ref) }, error) : restFault(error, ref);
    }
  }

  async function seesBeside(ref: TableRef): Promise<boolean> {
    if (projectOf(ref) === project) return false;
    try {
      await rest.call("GET", datasetPath(ref));
      return true;
    } catch {
      // Refused, as it should be; and what fails tells nothing.
      return false;
    }
  }

  function remember(ref: TableRef, found: string): string {
    locations.set(datasetKey(ref), found.toLowerCase());
    return found.toLowerCase();
  }

  function projectOf(ref: TableRef): string {
    return ref.project ?? project;
  }

  function datasetKey(ref: TableRef): string {
    return `${projectOf(ref)}.${ref.dataset}`;
  }

  function datasetPath(ref: TableRef): string {
    return `/projects/${encodeURIComponent(projectOf(ref))}/datasets/${ref.dataset}`;
  }

  function pathOf(ref: TableRef): string {
    return `${datasetPath(ref)}/tables/${ref.table}`;
  }

  return {
    describe,
    createDataset,
    createTable,
    addColumns,
    putView,
    label: (ref) =>
      change(ref, ({ labels }) =>
        labels?.["afterclick"] === undefined ? { labels: { ...labels, ...label } } : undefined,
      ),
    locationOf,
    seesBeside,
  };
}

function columnNames(table: Table): string[] {
  return (table.schema?.fields ?? []).map(({ name }) => name ?? "");
}

/** The API writes it as a text. */
function createdAt({ creationTime }: Table): number | undefined {
  return creationTime === undefined ? undefined : Number(creationTime);
}

const descriptions: Record<Exclude<View["kind"], "written">, string> = {
  unique: "One row per date and hit, without repeats and tests",
  items: "One row per item of a batch, without repeats and tests",
  current: "The latest state per business key, without tests",
  dead_letter_states: "Dead letters with their latest attempt and state",
};

function fieldOf({ name, type, description }: Column, mode: "REQUIRED" | "NULLABLE"): Field {
  if (type === "ARRAY<STRING>") return { name, type: "STRING", mode: "REPEATED", description };
  // Said in full: the same as NUMERIC alone, which the emulator cuts to three decimals.
  const exact = type === "NUMERIC" && { precision: "38", scale: "9" };
  return { name, type, mode, description, ...exact };
}
