import { asRead, isProblem, Problem } from "../../../functions/problem.ts";
import type { Reply } from "../../../functions/request.ts";
import { queryRefused } from "../../../functions/problems.ts";
import type { QueryResult } from "../../../functions/warehouse.ts";
import { page } from "../../document.tsx";
import { Island } from "../../islands/islands.tsx";
import { Cells } from "../../parts/cells.tsx";
import { App, Crumbs, Head } from "../../parts/frame.tsx";
import { Check, Line } from "../../parts/notes.tsx";
import { count, counted, Time } from "../../parts/text.tsx";
import { formOf, type Visit } from "../../visit.ts";
import { DownloadButtons, formatIn, sendFile } from "./download.tsx";

const rowsMax = 200;
const deadlineMs = 30_000;

/** One read-only SELECT. An address fills in the statement and never runs it: a link of
 *  somebody else could cost. */
export async function queryPage(visit: Visit): Promise<Reply> {
  return draw(visit, visit.query.get("sql") ?? "");
}

export async function runQuery(visit: Visit): Promise<Reply> {
  const sql = (await formOf(visit)).get("sql") ?? "";
  try {
    const { warehouse } = visit.ports;
    const result = await warehouse.query(sql, { rowsMax, deadlineMs, signal: visit.request.gone });
    return draw(visit, sql, { result });
  } catch (error) {
    return refused(visit, sql, error);
  }
}

export async function downloadQuery(visit: Visit): Promise<Reply> {
  const form = await formOf(visit);
  const sql = form.get("sql") ?? "";
  try {
    return await sendFile(visit, "query", { sql, format: formatIn(form) });
  } catch (error) {
    return refused(visit, sql, error);
  }
}

/** What was typed stays where it was. */
function refused(visit: Visit, sql: string, error: unknown): Reply {
  const problem = asRead(error);
  if (!(problem instanceof Problem) || problem.status >= 500) throw problem;
  const status = isProblem(problem, queryRefused) ? 422 : problem.status;
  return draw(visit, sql, { refusal: problem.message, status });
}

function draw(
  visit: Visit,
  sql: string,
  { result, refusal, status = 200 }: { result?: QueryResult; refusal?: string; status?: number } = {},
): Reply {
  const { person, ports, now } = visit;
  return page(
    refusal === undefined ? "SELECT" : "SELECT: refused",
    <App person={person} waits={visit.waits} section="tables">
      <Crumbs way={[{ href: "/tables", title: "Tables" }]} here="SELECT" />
      <Head title="SELECT" sentence="One statement, which reads and changes nothing." />
      <div class="stack wide">
        <form class="stack" method="post" action="/query">
          <div class="field">
            <label for="sql">Statement</label>
            <textarea
              id="sql"
              name="sql"
              class="mono"
              rows={6}
              maxLength={20_000}
              required
              spellcheck={false}
              {...(refusal !== undefined && { "aria-invalid": true, "aria-describedby": "sql-c" })}
              autofocus={refusal !== undefined}
            >
              {sql}
            </textarea>
            {refusal !== undefined && (
              <div id="sql-c" role="alert">
                <Check tone="bad">{refusal}</Check>
              </div>
            )}
            <p class="hint">
              Name days where a table is large: <code>WHERE date &gt;= '…'</code> reads only those. At most{" "}
              {count(rowsMax)} rows are shown and 30 s taken.
            </p>
          </div>
          <div class="row">
            <button type="submit" class="btn primary">
              Run
            </button>
            {ports.snapshots !== undefined && (
              <DownloadButtons what="the whole result" action="/query/download" />
            )}
          </div>
        </form>
        {result !== undefined && <Result result={result} now={now} />}
        <Island name="QueryHistory" with={{ who: person.id, ...(result !== undefined && { ran: sql }) }} />
      </div>
    </App>,
    status,
  );
}

function Result({ result: { columns, rows, truncated }, now }: { result: QueryResult; now: number }) {
  if (rows.length === 0) return <Line isStatus>The result has no row.</Line>;
  return (
    <div class="stack">
      {truncated && (
        <Check tone="info">
          Only the first {counted(rows.length, "row is", "rows are")} shown: a download has them all.
        </Check>
      )}
      <Cells
        id="result"
        caption={
          <>
            Result{" "}
            <small>
              {counted(rows.length, "row")}, as of <Time at={now} zone="UTC" now={now} /> UTC
            </small>
          </>
        }
        columns={columns.map(({ name }) => name)}
        rows={rows.map((row) => row.map((value) => ({ value })))}
      />
    </div>
  );
}
