import { Problem } from "../../../functions/problem.ts";
import { datasetMissing, tableForbidden, warehouseDown } from "../../../functions/problems.ts";
import { datasetName, tableName, type TableRef } from "../../../functions/table.ts";
import { isPassing, isRestError, type RestError, tooLargeReason } from "./rest.ts";

/** What BigQuery's REST API said about a table, in the port's words. Not found is for the
 *  caller: it knows what. */
export function restFault(error: unknown, table: TableRef): Problem {
  if (error instanceof Problem) return error;
  const why = error instanceof Error ? oneLine(error.message) : String(error);
  if (!isRestError(error) || isPassing(error)) return warehouseDown({ why }, error);
  if (error.status === 403) return tableForbidden({ table: tableName(table), why }, error);
  if (error.status === 404) return datasetMissing({ dataset: datasetName(table) }, error);
  return warehouseDown({ why }, error);
}

export function isNotFound(error: unknown): boolean {
  return isRestError(error) && error.status === 404;
}

/** What was asked is at fault, not the service: asked again, it is refused again. */
export function isRefused(error: unknown): error is RestError {
  return isRestError(error) && !isPassing(error) && (error.status === 400 || error.reason === tooLargeReason);
}

/** Source: https://cloud.google.com/bigquery/docs/error-messages */
const faults: ReadonlySet<string> = new Set([
  "invalid",
  "invalidQuery",
  "notImplemented",
  "resourcesExceeded",
  "responseTooLarge",
]);
/** BigQuery calls these invalid too: others write to the table just now, or rows were streamed into it within
 *  the last half-hour. Sources: https://cloud.google.com/bigquery/docs/transactions#transaction_concurrency,
 *  https://cloud.google.com/bigquery/docs/data-manipulation-language#limitations */
const passing =
  /concurrent (?:update|transaction)|serialize access|streaming buffer|concurrent DML|outstanding DML/i;

/** Whether a statement of ours, or a row that it reads, is at fault: it fails again, others do not. */
export function isStatementAtFault(error: unknown): boolean {
  return (
    isRestError(error) && faults.has(error.reason) && error.status === 400 && !passing.test(error.message)
  );
}

export function isDuplicate(error: unknown): boolean {
  return isRestError(error) && error.status === 409;
}

/** Somebody else changed the resource since it was read. */
export function isOutdated(error: unknown): boolean {
  return isRestError(error) && error.status === 412;
}

export function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > 500 ? `${line.slice(0, 500)}…` : line;
}
