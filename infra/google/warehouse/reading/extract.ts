import { csvLine } from "../../../../functions/csv.ts";
import { Problem } from "../../../../functions/problem.ts";
import {
  datasetMissing,
  statementRefused,
  tableForbidden,
  warehouseDown,
} from "../../../../functions/problems.ts";
import type { Warehouse } from "../../../../functions/warehouse.ts";
import { type Answer, checked, type Field, pageRowsMax, queryOf, type Row, waitMs } from "../query.ts";
import { isStatementAtFault, oneLine } from "../rest-problems.ts";
import { isPassing, isRestError, type Rest } from "../rest.ts";

interface Page {
  readonly fields: readonly Field[];
  readonly rows: readonly Row[];
}

/** Beyond the time for which a call waits, for a page to arrive. */
const pageMs = 30_000;

/** Rows of a statement of ours as CSV, a page of BigQuery's after the other: however many they are, one page
 *  is in memory. */
export function openExtract(rest: Rest, { project }: { project: string }): Warehouse["extract"] {
  const home = `/projects/${encodeURIComponent(project)}/queries`;

  /** @throws what the REST API said; warehouse_down when `deadlineMs` passes before the first page */
  async function* pagesOf(sql: string, deadlineMs: number): AsyncGenerator<Page> {
    const end = performance.now() + deadlineMs;
    const limits = { maxResults: pageRowsMax, timeoutMs: waitMs };
    const body = { ...queryOf(sql, [], undefined), ...limits };
    const options = { deadlineMs: waitMs + pageMs };
    let answer = checked(await rest.call<Answer>("POST", home, { body, ...options }));
    const { jobId = "", location = "" } = answer.jobReference ?? {};
    for (;;) {
      if (answer.jobComplete !== false) {
        yield { fields: answer.schema?.fields ?? [], rows: answer.rows ?? [] };
        if (!answer.pageToken) return;
      } else if (performance.now() >= end)
        throw warehouseDown({ why: `not done after ${deadlineMs / 1_000} s` });
      const query = {
        maxResults: String(limits.maxResults),
        timeoutMs: String(limits.timeoutMs),
        ...(location !== "" && { location }),
        ...(answer.pageToken && { pageToken: answer.pageToken }),
      };
      const path = `${home}/${encodeURIComponent(jobId)}`;
      answer = checked(await rest.call<Answer>("GET", path, { query, ...options }));
    }
  }

  return async (sql, { deadlineMs }) => {
    const pages = pagesOf(sql, deadlineMs);
    const first = await pages.next().catch((error: unknown) => {
      throw extractFault(error);
    });
    return parts(first, pages);
  };
}

async function* parts(first: IteratorResult<Page>, pages: AsyncIterator<Page>): AsyncGenerator<Uint8Array> {
  try {
    let page = first;
    if (!page.done) yield textOf([page.value.fields.map(({ name }) => name)]);
    for (; !page.done; page = await pages.next())
      if (page.value.rows.length > 0) yield textOf(page.value.rows.map(({ f = [] }) => f.map(({ v }) => v)));
  } catch (error) {
    throw extractFault(error);
  }
}

const textOf = (rows: readonly (readonly unknown[])[]): Uint8Array =>
  Buffer.from(rows.map((cells) => csvLine(cells, { excel: false })).join(""));

/** Which of the tables it reads is at fault, only the sentence says. */
function extractFault(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const why = error instanceof Error ? oneLine(error.message) : String(error);
  if (!isRestError(error) || isPassing(error)) return warehouseDown({ why }, error);
  if (isStatementAtFault(error)) return statementRefused({ why }, error);
  if (error.status === 403) return tableForbidden({ table: "one of the tables that it reads", why }, error);
  if (error.status === 404) return datasetMissing({ dataset: why }, error);
  return warehouseDown({ why }, error);
}
