import { readdirSync, readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { checkFile } from "../../functions/import/check.ts";
import { usualSettings, type ImportSettings } from "../../functions/import/settings.ts";
import type { ImportedEvent, ImportReport, Reject } from "../../functions/import/report.ts";
import type { StoredFile } from "../../functions/files.ts";
import { scratch } from "../../infra/scratch.ts";
import { openParquet } from "../../infra/parquet/parquet.ts";

/** The right result of one file, as its README says. */
export interface Expected extends Record<string, unknown> {
  readonly file: string;
  readonly settings: Partial<ImportSettings> & { readonly now?: string };
}

export const casesFolder = new URL("cases/", import.meta.url);
const filesFolder = new URL("files/", casesFolder);

/** All files, and what becomes of each. */
export const cases: readonly Expected[] = readdirSync(filesFolder)
  .filter((name) => name.endsWith(".expect.json"))
  .map((name) => JSON.parse(readFileSync(new URL(name, filesFolder), "utf8")) as Expected);

export const bytesOf = (name: string): Buffer => readFileSync(new URL(name, filesFolder));

/** @param chunkBytes how the reader gets them */
export function storedBytes(name: string, bytes: Uint8Array, chunkBytes = 64 * 1024): StoredFile {
  return {
    name,
    bytes: bytes.length,
    async *read({ from, to } = { from: 0, to: bytes.length }) {
      for (let at = from; at < to; at += chunkBytes) yield bytes.subarray(at, Math.min(to, at + chunkBytes));
    },
  };
}

const usualNow = "2026-11-21T08:00:00Z";

export interface Checked {
  readonly report: ImportReport;
  readonly events: readonly ImportedEvent[];
  readonly rejects: readonly Reject[];
}

export async function check(file: StoredFile, settings: Expected["settings"] = {}): Promise<Checked> {
  const { now = usualNow, ...set } = settings;
  const events: ImportedEvent[] = [];
  const rejects: Reject[] = [];
  const report = await checkFile(
    file,
    { ...usualSettings, zone: "Europe/Amsterdam", ...set },
    {
      importId: "cases",
      parquet: openParquet,
      scratch,
      now: () => Date.parse(now),
      sink: {
        events: (some) => void events.push(...some),
        rejects: (some) => void rejects.push(...some),
      },
    },
  );
  return { report, events, rejects };
}

/** What was found, in the words of the expectations, and as much of it as this one says. */
export function told({ report, events, rejects }: Checked, expected: Expected): Record<string, unknown> {
  const { trimmed, date_midnight, value_rounded, blank_rows } = report.warnings;
  // The expectations name groups where a file has several.
  const inGroups = JSON.stringify(expected["rejects"] ?? []).includes('"row_group"');
  const accepted = report.state === "failed" ? [] : events.map(eventLine);
  const refused = rejects.map((each) => rejectLine(each, inGroups));
  const all: Record<string, unknown> = {
    file_state: report.state,
    file_code: report.code,
    file_line: report.line,
    kind: report.kind,
    container: report.container,
    encoding: report.encoding,
    delimiter: report.delimiter,
    number_format: report.number_format,
    rows: report.rows,
    imported: report.imported,
    ignored_columns: report.ignored_columns,
    warnings: Object.fromEntries(
      Object.entries({ trimmed, date_midnight, value_rounded, blank_rows }).filter(([, count]) => count > 0),
    ),
    rejects: refused,
    rejects_count: refused.length,
    rejects_sha256: sha256(rejects.map((each) => [each.row, each.line_first, each.line_last, codesOf(each)])),
    rejects_first_3: refused.slice(0, 3),
    rejects_last_2: refused.slice(-2),
    events: accepted,
    events_count: accepted.length,
    events_sha256: sha256(accepted),
    events_first_3: accepted.slice(0, 3),
    events_last_2: accepted.slice(-2),
  };
  return Object.fromEntries(Object.entries(all).filter(([name]) => name in expected));
}

export const eventLine = (event: ImportedEvent): unknown[] => [
  event.date,
  event.ev,
  event.reference_ev,
  event.reference_id,
  event.value,
];

const codesOf = (reject: Reject) => reject.faults.map(({ code }) => code);

function rejectLine(reject: Reject, inGroups: boolean): Record<string, unknown> {
  const { row, line_first, line_last, row_group, row_in_group } = reject;
  const columns = reject.faults.flatMap(({ field }) => (field === undefined ? [] : [field]));
  return {
    row,
    ...(line_first !== undefined && { line_first }),
    ...(inGroups && { row_group, row_in_group }),
    ...(line_last !== line_first && { line_last }),
    codes: codesOf(reject),
    ...(columns.length > 0 && { column: columns.length === 1 ? columns[0] : columns }),
  };
}

function sha256(lines: readonly unknown[]): string {
  return createHash("sha256")
    .update(lines.map((line) => `${JSON.stringify(line)}\n`).join(""))
    .digest("hex");
}
