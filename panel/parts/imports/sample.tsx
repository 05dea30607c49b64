import type { ComponentChildren } from "preact";
import { counted as countedRows } from "../../../functions/counted.ts";
import { rejectCodes, type Field } from "../../../functions/import/rejects.ts";
import type { ImportReport } from "../../../functions/import/report.ts";
import type { Sample, SampleColumn } from "../../../functions/import/sample.ts";
import { Cells } from "../cells.tsx";
import { Facts } from "../code.tsx";
import { Callout, Check } from "../notes.tsx";
import { Column, Table } from "../table.tsx";
import { count, counted } from "../text.tsx";

/** What a sample says of its sender's files.
 *  @param props.action where the form is sent again with another setting */
export function SampleReport({ sample, action }: { sample: Sample; action: string }) {
  const { report, columns, rows, rejects } = sample;
  return (
    <>
      <Outcome report={report} />
      {report.readings !== undefined && <Readings readings={report.readings} action={action} />}
      {report.columns.length > 0 && <Schema columns={columns} ignored={report.ignored_columns} />}
      {report.kind !== null && <HowRead report={report} />}
      {report.hints.map((hint) => (
        <Check key={hint} tone="warn">
          {hint}
        </Check>
      ))}
      {rejects.length > 0 && (
        <Rejects
          rows={rejects.map(({ line_first, row_group, row_in_group, faults }) => ({
            where:
              line_first === undefined
                ? `row ${String(row_in_group)} of group ${String(row_group)}`
                : String(line_first),
            faults,
          }))}
          of={report.rejected}
        />
      )}
      {rows.length > 0 && (
        <Cells
          id="parsed"
          caption={
            <>
              As it would be imported <small>the first {counted(rows.length, "row")}</small>
            </>
          }
          columns={["date", "ev", "reference_ev", "reference_id", "value"]}
          rows={rows.map(({ date, ev, reference_ev, reference_id, value }) =>
            [date, ev, reference_ev.join(","), reference_id, value].map((cell) => ({ value: cell })),
          )}
        />
      )}
    </>
  );
}

function Outcome({ report }: { report: ImportReport }) {
  const { state, rows, imported, rejected, reason } = report;
  if (state === "failed")
    return (
      <Callout tone="bad">
        <p>
          <strong>Such a file would fail.</strong> {reason}
        </p>
        <p class="hint">
          <code>{report.code}</code>
        </p>
      </Callout>
    );
  return (
    <Callout tone={rejected > 0 ? "warn" : "ok"}>
      <p>
        <strong>
          {rows === 0 ? "A day without events." : `${countedRows(imported, "row")} would be imported.`}
        </strong>{" "}
        {rejected > 0 && `${countedRows(rejected, "row")} would be left out and listed.`}
      </p>
    </Callout>
  );
}

/** One click sets the encoding whose line reads right. */
function Readings({ readings, action }: { readings: NonNullable<ImportReport["readings"]>; action: string }) {
  return (
    <Table
      id="readings"
      kind="cards"
      isTitled
      caption="The first line that is no UTF-8, in each encoding"
      head={
        <>
          <Column>Encoding</Column>
          <Column>The line</Column>
          <Column>
            <span class="vh">Take it</span>
          </Column>
        </>
      }
    >
      {readings.map(({ encoding, text }) => (
        <tr key={encoding}>
          <th scope="row" class="t">
            {encoding}
          </th>
          <td class="mono cell">{text}</td>
          <td class="n">
            <button type="submit" class="btn small" name="encoding" value={encoding} formaction={action}>
              Take it<span class="vh"> as {encoding}</span>
            </button>
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Schema({ columns, ignored }: { columns: readonly SampleColumn[]; ignored: readonly string[] }) {
  return (
    <>
      <Table
        id="schema"
        kind="cards"
        isTitled
        caption="Columns"
        head={
          <>
            <Column>Expected</Column>
            <Column>Found</Column>
            <Column>Examples</Column>
            <Column>State</Column>
          </>
        }
      >
        {columns.map(({ field, found, isRequired, examples, bad }) => (
          <tr key={field}>
            <th scope="row">
              <code>{field}</code>
            </th>
            <td data-label="Found">
              {found === undefined ? <span class="none">none</span> : <code>{found}</code>}
            </td>
            <td data-label="Examples">
              {examples.length === 0 ? (
                <span class="none">none</span>
              ) : (
                examples.map((example) => (
                  <>
                    <code>{example}</code>{" "}
                  </>
                ))
              )}
            </td>
            <td data-label="State">
              <ColumnState isThere={found !== undefined} isRequired={isRequired} bad={bad} />
            </td>
          </tr>
        ))}
      </Table>
      {ignored.length > 0 && (
        <p class="hint">
          Not used: {ignored.slice(0, ignoredShown).join(", ")}
          {ignored.length > ignoredShown && `, and ${count(ignored.length - ignoredShown)} more`}.
        </p>
      )}
    </>
  );
}

const ignoredShown = 20;

function ColumnState({ isThere, isRequired, bad }: { isThere: boolean; isRequired: boolean; bad: number }) {
  if (!isThere && isRequired) return <Check tone="bad">Missing</Check>;
  if (!isThere) return <Check tone="info">No values</Check>;
  if (bad > 0) return <Check tone="warn">Bad in {countedRows(bad, "row")}</Check>;
  return <Check tone="ok">OK</Check>;
}

/** What was found, why it is so, and where it is set. */
function HowRead({ report }: { report: ImportReport }) {
  const { kind, container, encoding, delimiter, number_format: format, number_proof: proof } = report;
  const change = (field: string) => (
    <a href={`#${field}`}>
      Change<span class="vh"> {field}</span>
    </a>
  );
  const facts: [string, ComponentChildren][] = [
    ["File", `${kind === "csv" ? "CSV" : "Parquet"}${container === null ? "" : ` in ${container}`}`],
  ];
  if (encoding !== null)
    facts.push([
      "Encoding",
      <>
        {encoding}, because {encodingWhy(encoding)}. {change("encoding")}
      </>,
    ]);
  if (delimiter !== null)
    facts.push([
      "Delimiter",
      <>
        {delimiterName(delimiter)}, because only under it the header names the fields. {change("header")}
      </>,
    ]);
  if (format !== null)
    facts.push([
      "Numbers",
      <>
        {formatWords[format]}
        {proof !== undefined && (
          <>
            , because of <code>{proof.text}</code> in {proof.where}
          </>
        )}
        . {change("number_format")}
      </>,
    ]);
  return (
    <section class="card" aria-labelledby="read-h">
      <header>
        <h2 id="read-h">How it was read</h2>
      </header>
      <Facts facts={facts} />
    </section>
  );
}

function encodingWhy(encoding: string): string {
  if (encoding === "utf-8") return "all bytes are UTF-8";
  if (encoding.startsWith("utf-16")) return "its byte order mark says so";
  return "the import says so, and it is no UTF-8";
}

export function delimiterName(delimiter: string): string {
  const names: Record<string, string> = { ",": "comma", ";": "semicolon", "\t": "tab", "|": "bar" };
  return names[delimiter] ?? delimiter;
}

export const formatWords: Record<string, string> = {
  dot: "dot decimals",
  comma: "comma decimals",
  none: "whole numbers, which every format reads alike",
  undecided: "undecided: nothing in the file says which mark is which",
  mixed: "two formats, which contradict each other",
};

interface ShownReject {
  readonly where: string;
  readonly faults: Sample["rejects"][number]["faults"];
}

/** Bad rows: a line for each fault. */
export function Rejects({ rows, of }: { rows: readonly ShownReject[]; of: number }) {
  return (
    <Table
      id="rejects"
      kind="cards"
      isTitled
      caption={
        <>
          Rejected rows{" "}
          <small>
            {count(rows.length)} of {counted(of, "row")}
          </small>
        </>
      }
      head={
        <>
          <Column class="n">Line</Column>
          <Column>Column</Column>
          <Column>Value</Column>
          <Column>Reason</Column>
          <Column>How to fix</Column>
        </>
      }
    >
      {rows.flatMap(({ where, faults }) =>
        faults.map(({ code, field, value, hint }) => (
          <tr key={`${where} ${code} ${field}`}>
            <th scope="row" class="n" data-label="Line">
              {where}
            </th>
            <td class="t" data-label="Column">
              <FieldName of={field} />
            </td>
            <td data-label="Value">
              {value === undefined || value === "" ? (
                <span class="none">empty</span>
              ) : (
                <code>{value.slice(0, valueShown)}</code>
              )}
            </td>
            <td data-label="Reason">
              {rejectCodes[code]?.[0] ?? code} <small class="mono">{code}</small>
            </td>
            <td data-label="Fix">{hint ?? rejectCodes[code]?.[1]}</td>
          </tr>
        )),
      )}
    </Table>
  );
}

const valueShown = 100;

function FieldName({ of }: { of: Field | undefined }) {
  return of === undefined ? <span class="none">the row</span> : <code>{of}</code>;
}
