import type { Reply } from "../../../functions/request.ts";
import type { ExportFormat } from "../../../functions/snapshots.ts";
import { exportFile, type FileAsked, mediaTypes } from "../../../functions/streams/tables/files.ts";
import { findTable } from "../../../functions/streams/tables/rows.ts";
import { tableName } from "../../../functions/table.ts";
import { Line } from "../../parts/notes.tsx";
import { formOf, type Visit } from "../../visit.ts";

const formats: readonly { format: ExportFormat; title: string }[] = [
  { format: "csv", title: "CSV" },
  { format: "excel", title: "CSV for a spreadsheet" },
  { format: "parquet", title: "Parquet" },
];

/** A table, or the days of it that are named, as a file. It is sent by a form, since
 *  it stands in the audit. */
export async function downloadTable(visit: Visit): Promise<Reply> {
  const form = await formOf(visit);
  const { table } = await findTable(visit.ports, visit.path["table"]!);
  const name = tableName(table);
  const day = (field: string) => form.get(field) || undefined;
  return sendFile(visit, name, {
    table: name,
    since: day("since"),
    until: day("until"),
    format: formatIn(form),
  });
}

export const formatIn = (form: URLSearchParams): ExportFormat =>
  formats.find(({ format }) => format === form.get("format"))?.format ?? "csv";

export async function sendFile(
  { ports, person, request }: Visit,
  name: string,
  asked: FileAsked,
): Promise<Reply> {
  const body = await exportFile(ports, person, asked, request.gone);
  const file = `${name.replaceAll(/[^\w.-]/g, "_")}.${asked.format === "parquet" ? "parquet" : "csv"}`;
  return {
    status: 200,
    headers: {
      "content-type": mediaTypes[asked.format],
      "content-disposition": `attachment; filename="${file}"`,
      "cache-control": "no-store",
    },
    body,
  };
}

/** @param props.isOffered where the ground has no files of its own, what says so stands there */
export function Downloads(props: {
  action: string;
  isOffered: boolean;
  hidden: Readonly<Record<string, string>>;
  what: string;
}) {
  if (!props.isOffered)
    return (
      <Line>
        Files are the warehouse's own here: <code>bq extract</code>, or EXPORT DATA in a query.
      </Line>
    );
  return (
    <form class="row" method="post" action={props.action}>
      {Object.entries(props.hidden).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <DownloadButtons what={props.what} />
    </form>
  );
}

/** @param props.action where they belong to the form of something else */
export function DownloadButtons(props: { what: string; action?: string }) {
  return (
    <>
      {formats.map(({ format, title }) => (
        <button
          key={format}
          class="btn small"
          type="submit"
          name="format"
          value={format}
          {...(props.action !== undefined && { formaction: props.action })}
        >
          Download {title}
          <span class="vh"> of {props.what}</span>
        </button>
      ))}
    </>
  );
}
