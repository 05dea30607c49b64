import { deadLettersTable, deadLetterStatesView } from "../../../functions/letters/letter.ts";
import { isProblem } from "../../../functions/problem.ts";
import { datasetMissing, queryRefused, tableForbidden } from "../../../functions/problems.ts";
import { oldIdColumn } from "../../../functions/stream-ref.ts";
import { tableName, type TableRef } from "../../../functions/table.ts";
import type { TableDescription } from "../../../functions/warehouse.ts";
import { inParallel } from "../../../functions/within.ts";
import type { DryRun } from "./query.ts";
import { namesIn, type Names } from "./names.ts";

/** What people's SQL reaches on BigQuery: everything that this account may read but the keys to write
 *  to streams. The dry run tells which tables a statement reads in the end, whatever views and
 *  aliases it goes through; whether it goes through a view of ours, which holds no key, or not, is
 *  told by the names in its text. */
export interface Reach {
  /** @throws query_refused where the statement reaches further */
  check(sql: string, dry: DryRun): Promise<void>;
}

interface Ports {
  describe(table: TableRef): Promise<TableDescription | undefined>;
  dryRun(sql: string): Promise<DryRun>;
  project: string;
  productDataset: string;
}

/** BigQuery names no more tables than this. Source:
 *  https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobStatistics2.FIELDS.referenced_tables */
const tablesToldMax = 50;
const namesMax = 50;
const looksAtOnce = 8;
const rememberedMax = 10_000;
/** Before a bracket: functions of BigQuery's own. */
const namespaces = new Set("safe net keys hll_count aead kll_quantiles deterministic obj".split(" "));

export function openReach({ describe, dryRun, project, productDataset }: Ports): Reach {
  /** Tables without keys: none gets them any more. */
  const keyless = new Set<string>();

  async function check(sql: string, dry: DryRun): Promise<void> {
    const names = namesIn(sql);
    if (names.paths.some(({ parts }) => namesLetters(parts))) throw lettersForbidden();
    if (dry.tables.length >= tablesToldMax)
      throw queryRefused({
        why: `The query reads ${tablesToldMax} tables or more, and of so many BigQuery does not tell which they are.`,
        advice: "Read fewer at once.",
      });
    const guarded = await guardedOf(dry.tables);
    if (guarded.length > 0) await seeThroughViews(names, dry, guarded);
  }

  /** Those of the tables that hold keys. */
  async function guardedOf(tables: readonly TableRef[]): Promise<TableRef[]> {
    const looked = await inParallel(tables, looksAtOnce, async (table) =>
      (await holdsKeys(table)) ? [table] : [],
    );
    return looked.flat();
  }

  async function holdsKeys(table: TableRef): Promise<boolean> {
    if (isLetters(table)) return true;
    const name = tableName({ project, ...table });
    if (keyless.has(name)) return false;
    const found = await look(table);
    if (found === undefined || found.kind === "view") return false;
    if (hasKeys(found)) return true;
    if (keyless.size < rememberedMax) keyless.add(name);
    return false;
  }

  /** Every name in the text that leads to guarded tables must be a view of ours. */
  async function seeThroughViews(names: Names, dry: DryRun, guarded: readonly TableRef[]): Promise<void> {
    const called = names.paths.some(
      ({ parts, isCalled }) => isCalled && !namespaces.has(parts[0]!.toLowerCase()),
    );
    const wild = names.paths.some(({ parts }) => parts.some((part) => part.includes("*")));
    const refs = new Map(
      names.paths.flatMap(({ parts }) => mayBe(parts)).map((ref) => [tableName(ref), ref]),
    );
    const isTooMuch = refs.size > namesMax;
    if (dry.hasRoutines || called || wild || names.isUnclear || isTooMuch) throw forbidden(guarded[0]!);
    await inParallel([...refs.values()], looksAtOnce, async (ref) => {
      const found = await look(ref);
      if (found === undefined) return;
      if (found.kind !== "view") {
        if (isLetters(ref) || hasKeys(found)) throw forbidden(ref);
        return;
      }
      if (found.ours && !found.columns.some(({ name }) => name.toLowerCase() === oldIdColumn)) return;
      const { tables } = await dryRun(`SELECT * FROM \`${tableName({ project, ...ref })}\``);
      if ((await guardedOf(tables)).length > 0) throw forbidden(ref);
    });
  }

  /** undefined for what is no table: most names are columns. */
  async function look(ref: TableRef): Promise<TableDescription | undefined> {
    try {
      return await describe(ref);
    } catch (error) {
      if (isProblem(error, datasetMissing, tableForbidden)) return undefined;
      throw error;
    }
  }

  function isLetters({ dataset, table }: TableRef): boolean {
    return same(dataset, productDataset) && isNamed(table);
  }

  function namesLetters(parts: readonly string[]): boolean {
    return parts.some((part, index) => index > 0 && same(parts[index - 1]!, productDataset) && isNamed(part));
  }

  function lettersForbidden(): Error {
    return queryRefused({
      why: `${productDataset}.${deadLettersTable} holds the keys to write to streams, and SQL does not reach it.`,
      advice: `Read ${productDataset}.${deadLetterStatesView}, which has stream_ref in their place.`,
    });
  }

  function forbidden(ref: TableRef): Error {
    if (isLetters(ref) || ref.dataset === productDataset) return lettersForbidden();
    return queryRefused({
      why: `${tableName(ref)} has, or shows, the column ${oldIdColumn} of an earlier version, whose values are keys to write to streams.`,
      advice:
        "Read its view TABLE_unique, which leaves it out; where that is old too, the table's next hit makes it anew.",
    });
  }

  return { check };
}

/** What a dotted name may mean: a table of this project, of another one, and then columns. */
function mayBe([first, second, third]: readonly string[]): TableRef[] {
  const refs = [{ dataset: first!, table: second! }];
  const named = third === undefined ? refs : [...refs, { project: first!, dataset: second!, table: third }];
  return named.filter(({ dataset, table }) => /^\w+$/.test(dataset) && /^[\w-]+$/.test(table));
}

/** Also a day of it, or an earlier state. */
function isNamed(table: string): boolean {
  return same(table.split(/[$@]/)[0]!, deadLettersTable);
}

/** As our tables are: others may have a column of this name that is no key. */
function hasKeys({ columns }: TableDescription): boolean {
  const names = new Set(columns.map(({ name }) => name.toLowerCase()));
  return [oldIdColumn, "hit_id", "payload", "received_at"].every((name) => names.has(name));
}

/** BigQuery's datasets may be told not to mind the case. */
const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
