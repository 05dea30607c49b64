import { storable, storableJson } from "../fields/text.ts";
import type { ImportReport } from "../report.ts";
import type { NumberFormat } from "../settings.ts";
import type { Loading } from "./statements/parts.ts";
import type { FileRow } from "./statements/load.ts";

/** How a file came: by a drop box, or sent by a person or a program of the product's own. */
export type Source = "bucket" | "folder" | "sftp" | "table" | "upload";

/** A file that arrived, and is whole. */
export interface Arrival {
  readonly file_id: string;
  readonly import_id: string;
  /** As it arrived. */
  readonly name: string;
  readonly source: Source;
  readonly sha256: string;
  readonly bytes: number;
  /** Unix ms. */
  readonly arrived_at: number;
  /** 1, and one more for each time that somebody decided about it. */
  readonly attempt: number;
  /** How its values are written, where that is known and is no setting of the import. */
  readonly number_format?: NumberFormat;
  /** Who has it imported although it failed or waits. */
  readonly anyway_by?: string;
  /** Who has its rows taken away: then it is not read. */
  readonly removed_by?: string;
}

interface Known {
  readonly arrival: Arrival;
  readonly loading: Loading;
  readonly settings: string;
  /** Undefined where the file was not read. */
  readonly report: ImportReport | undefined;
  readonly state: string;
  readonly finishedAt: number;
  readonly code?: string;
  readonly reason?: string;
}

const hintsMax = 20;
const columnsMax = 300;
const charactersMax = 500;

/** The row of `import_files`, but for what is counted while the rows are made to count. */
export function rowOf({ arrival, loading, settings, report, state, finishedAt, ...why }: Known): FileRow {
  const { code = report?.code ?? null, reason = report?.reason ?? null } = why;
  const days = Object.keys(report?.dates ?? {}).sort();
  return {
    file_id: arrival.file_id,
    import_id: arrival.import_id,
    name: arrival.name,
    version: loading.version,
    attempt: arrival.attempt,
    mode: loading.mode,
    source: arrival.source,
    sha256: arrival.sha256,
    bytes: arrival.bytes,
    settings,
    state,
    code,
    reason: reason === null ? null : storable(reason),
    load_id: loading.load_id,
    anyway_by: arrival.anyway_by ?? null,
    arrived_at: arrival.arrived_at,
    finished_at: finishedAt,
    arrived_on: new Date(arrival.arrived_at).toISOString().slice(0, 10),
    ...(report !== undefined && {
      line: report.line ?? null,
      kind: report.kind,
      container: report.container,
      encoding: report.encoding,
      delimiter: report.delimiter,
      number_format: report.number_format,
      columns: storableJson(report.columns.slice(0, columnsMax).map((name) => name.slice(0, charactersMax))),
      rows: report.rows,
      imported: report.imported,
      rejected: report.rejected,
      first_day: days[0] ?? null,
      last_day: days.at(-1) ?? null,
      dates: storableJson(report.dates),
      codes: storableJson(report.codes),
      warnings: storableJson(report.warnings),
      hints: storableJson(report.hints.slice(0, hintsMax)),
    }),
  };
}
