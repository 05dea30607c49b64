/** What became of a file. */
import { counted } from "../counted.ts";
import type { FoundEncoding } from "./csv/encoding.ts";
import { allRowsRejected, idIsEventName, tooManyRejects, type FileFault, type Reading } from "./faults.ts";
import type { EventFields, Warnings } from "./fields/row.ts";
import type { FoundFormat } from "./fields/number-format.ts";
import type { Fault, RejectCode } from "./rejects.ts";
import type { ImportSettings } from "./settings.ts";
import type { Where } from "./table.ts";

export interface ImportReport extends Found {
  readonly state: "imported" | "imported_with_rejects" | "failed";
  /** Why the whole file failed. */
  readonly code?: string;
  readonly reason?: string;
  /** The physical line that is to blame. */
  readonly line?: number;
  /** Where the encoding is not known: that line in each that may be set. */
  readonly readings?: readonly Reading[];
}

/** What was learned of a file, as far as it could be read. */
export interface Found {
  kind: "csv" | "parquet" | null;
  container: "gzip" | "zip" | null;
  encoding: FoundEncoding | null;
  delimiter: string | null;
  /** Null where there is no value that is text. */
  number_format: FoundFormat | null;
  /** The value that proves it, and where it stands. */
  number_proof?: { readonly text: string; readonly where: string };
  /** Without the header, blank lines and rows of empty cells. */
  rows: number;
  /** Rows that are accepted: 0 where the file failed. */
  imported: number;
  rejected: number;
  /** How many rows have each reject code. */
  codes: Partial<Record<RejectCode, number>>;
  warnings: ImportWarnings;
  /** What a person should look at. */
  hints: string[];
  ignored_columns: readonly string[];
  /** All columns, as the file has them. */
  columns: readonly string[];
  /** Accepted rows of each day, by day. */
  dates: Record<string, number>;
}

export interface ImportWarnings extends Warnings {
  blank_rows: number;
  /** Accepted rows whose reference_id is the name of a web event. */
  id_is_event_name: number;
  /** Accepted rows that are equal to an earlier one: they are events of their own. */
  equal_rows: number;
}

/** A row that is accepted. */
export interface ImportedEvent extends EventFields {
  readonly event_id: string;
  /** The data row, from 1. */
  readonly row: number;
}

/** A row that is not. */
export interface Reject extends Where {
  readonly row: number;
  readonly faults: readonly (Fault & { readonly column_number?: number })[];
}

export function nothingFound(): Found {
  return {
    kind: null,
    container: null,
    encoding: null,
    delimiter: null,
    number_format: null,
    rows: 0,
    imported: 0,
    rejected: 0,
    codes: {},
    warnings: {
      trimmed: 0,
      date_midnight: 0,
      value_rounded: 0,
      blank_rows: 0,
      id_is_event_name: 0,
      equal_rows: 0,
    },
    hints: [],
    ignored_columns: [],
    columns: [],
    dates: {},
  };
}

/** So many rows may be bad. */
function rejectsAllowed(rows: number, { reject_rows, reject_percent }: ImportSettings): number {
  if (reject_rows === 0 || reject_percent === 0) return 0;
  return Math.max(reject_rows, Math.floor((rows * reject_percent) / 100));
}

/** Such a share of ids that name an event is no accident. */
const eventNamesShareMax = 0.1;

/** What is no reason to fail, and odd, becomes a hint.
 *  @throws all_rows_rejected, too_many_rejects, id_is_event_name */
export function judge(found: Found, settings: ImportSettings): void {
  const { rows, imported, rejected } = found;
  if (rows > 0 && imported === 0) throw allRowsRejected({ rows, why: mostOften(found) });
  const allowed = rejectsAllowed(rows, settings);
  if (rejected > allowed) throw tooManyRejects({ rejected, rows, allowed, why: mostOften(found) });
  const named = found.warnings.id_is_event_name;
  const idsNamed = { rows: named, accepted: imported };
  if (named > imported * eventNamesShareMax) throw idIsEventName(idsNamed);
  if (named > 0) found.hints.push(idIsEventName(idsNamed).message);
}

const reasonsShown = 3;

function mostOften({ codes }: Found): string {
  return Object.entries(codes)
    .sort(([, a], [, b]) => b - a)
    .slice(0, reasonsShown)
    .map(([code, count]) => `${code} in ${counted(count, "row")}`)
    .join(", ");
}

export function failedReport(found: Found, fault: FileFault): ImportReport {
  const { code, message, line, names, readings } = fault;
  return {
    state: "failed",
    code,
    reason: message,
    ...(line !== undefined && { line }),
    ...(readings !== undefined && { readings }),
    ...found,
    columns: names ?? found.columns,
    imported: 0,
    dates: {},
  };
}
