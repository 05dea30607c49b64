import { compareSchema } from "../../destination.ts";
import { asProblem, internal, isProblem } from "../../problem.ts";
import {
  datasetMissing,
  schemaDiffers,
  streamRefused,
  tableForbidden,
  warehouseDown,
} from "../../problems.ts";
import type { Stream } from "../stream.ts";
import { tableName, type TableRef, warehouseDatasets } from "../../table.ts";
import type { Log } from "../../log.ts";
import type { View, Warehouse } from "../../warehouse.ts";
import { within } from "../../within.ts";
import { viewName, viewsOf, viewSuffixes } from "./definitions.ts";
import type { Reading } from "../reading.ts";
import { viewNamesTaken } from "./sharing.ts";

/** What a person's change of a stream means for the table it writes to. */

const lookDeadlineMs = 5_000;
const viewDeadlineMs = 10_000;

/** Refuses tables that can never take rows. What somebody may still fix, such as a missing column, is a
 *  warning of the stream; a warehouse that does not answer refuses nothing.
 *  @throws stream_refused, schema_differs */
export async function refuseUnusable(
  warehouse: Pick<Warehouse, "describe">,
  { table }: Stream,
): Promise<void> {
  // Also with a project before it, and in other case: some warehouses would take it for the same.
  if (warehouseDatasets.includes(table.dataset.toLowerCase())) {
    throw streamRefused({
      problems: [
        `table is ${JSON.stringify(tableName(table))}, and ${table.dataset} is the dataset of the warehouse itself; allowed is a table in any other dataset`,
      ],
    });
  }
  const taken = await viewTables(warehouse, table);
  if (taken !== undefined)
    throw streamRefused({
      problems: [
        `table is ${JSON.stringify(tableName(table))}, and ${tableName(taken)}, the name of its view, is a table that streams wrote to; ${otherTable}`,
      ],
    });
  const looking = warehouse.describe(table).catch((error: unknown) => {
    // The name differs from one that is there only in upper and lower case.
    if (isProblem(error, schemaDiffers)) throw error;
    return undefined;
  });
  const found = await within(lookDeadlineMs, looking, () => undefined);
  if (found === undefined || found.kind === "table") return;
  throw schemaDiffers({
    table: tableName(table),
    differences: compareSchema(found, []).differences.join(),
  });
}

const otherTable = `allowed is a table whose name and views (${viewSuffixes.join(", ")}) are no other stream's`;

/** @throws stream_refused where the table has the name of another stream's view, or the other way round */
export function refuseViewNames(stream: Stream, readings: readonly Reading[]): void {
  const [taken] = viewNamesTaken(stream, readings);
  if (taken === undefined) return;
  throw streamRefused({
    problems: [`table is ${JSON.stringify(tableName(stream.table))}; ${taken}; ${otherTable}`],
  });
}

/** A table of ours that has the name of a view of this one: of a stream that was removed, or that writes
 *  elsewhere now. Nothing is known where the warehouse does not answer. */
async function viewTables(
  warehouse: Pick<Warehouse, "describe">,
  table: TableRef,
): Promise<TableRef | undefined> {
  const views = viewSuffixes.map((suffix) => viewName(table, suffix));
  const looked = views.map(async (view) => {
    // A warehouse that does not answer refuses nothing.
    const found = await warehouse.describe(view).catch(() => undefined);
    return found?.kind === "table" && found.ours ? view : undefined;
  });
  const taken = await within(lookDeadlineMs, Promise.all(looked), () => []);
  return taken.find((view) => view !== undefined);
}

/** Makes TABLE_items and TABLE_current follow a changed document, without waiting for the next hit. A
 *  convenience: where it fails, the stream is changed all the same.
 *  @param all every stream as it is now
 *  @returns warnings where a view does not show what the stream says now */
export async function renewViews(
  { warehouse, log }: { warehouse: Pick<Warehouse, "describe" | "putView">; log: Log },
  stream: Stream,
  all: readonly Reading[],
): Promise<string[]> {
  const { table } = stream;
  const definitions = viewsOf(usersOf(table, all));
  const renewed = (["items", "current"] as const).map((kind) =>
    renewView({ warehouse, log }, kind, { of: table, definition: definitions[kind] }),
  );
  return (await Promise.all(renewed)).flat();
}

/** The streams that write to the table, and those that did before they were closed. */
function usersOf(table: TableRef, all: readonly Reading[]): Stream[] {
  return all.flatMap(({ lookup }) =>
    lookup.kind === "valid" && tableName(lookup.stream.table) === tableName(table) ? [lookup.stream] : [],
  );
}

async function renewView(
  { warehouse, log }: { warehouse: Pick<Warehouse, "describe" | "putView">; log: Log },
  kind: "items" | "current",
  { of: table, definition }: { of: TableRef; definition: View | undefined },
): Promise<string[]> {
  const view = viewName(table, `_${kind}`);
  const field = kind === "items" ? "items" : "key";
  const renew = async (): Promise<string[]> => {
    if (definition === undefined)
      return (await exists(view))
        ? [
            stillOld(
              view,
              `The stream has no ${field} any more, and the view goes on with the old one, for new rows too: do not count on it, or set a${kind === "items" ? " path of" : ""} ${field} again. In BigQuery, DROP VIEW \`${tableName(view)}\` removes it.`,
            ),
          ]
        : [];
    if (await exists(table)) await warehouse.putView(view, definition);
    return [];
  };
  const exists = async (ref: TableRef) => {
    try {
      return (await warehouse.describe(ref)) !== undefined;
    } catch (error) {
      if (isProblem(error, datasetMissing)) return false;
      throw error;
    }
  };
  try {
    return await within(viewDeadlineMs, renew(), () => {
      throw warehouseDown({ why: `no answer in ${viewDeadlineMs / 1000} s` });
    });
  } catch (error) {
    const problem = asProblem(error);
    // In the cloud this API may only read the streams' datasets; deliver, which may write
    // there, follows the stream.
    if (isProblem(problem, tableForbidden) && definition !== undefined)
      return [stillOld(view, "This API may not make it anew; the next hit does.")];
    if (isProblem(problem, internal)) {
      log("ERROR", "A view could not be made anew.", {
        event: "view_failed",
        table: tableName(table),
        cause: String(error),
      });
    }
    return [stillOld(view, `It could not be made anew: ${problem.message}`)];
  }
}

const stillOld = (view: TableRef, why: string) => `${tableName(view)} still shows the old definition. ${why}`;
