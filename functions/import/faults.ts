/** Why a whole file fails: one entry a code, with the sentence that says what is there, what is allowed and
 *  what to do next. docs/imports.md lists them; a test compares the two. */
import { counted } from "../counted.ts";

/** What a person who mends the file or the settings wants to see beside the sentence. */
interface Seen {
  /** The physical line that is to blame, where one is. */
  readonly line?: number | undefined;
  /** The names that stand in the header. */
  readonly names?: readonly string[] | undefined;
  /** The line as each encoding that may be set would have it. */
  readonly readings?: readonly Reading[] | undefined;
}

export interface Reading {
  readonly encoding: string;
  readonly text: string;
}

/** Ends the reading of a file. Nothing of it is imported. */
export class FileFault extends Error implements Seen {
  readonly code: string;
  readonly line: number | undefined;
  readonly names: readonly string[] | undefined;
  readonly readings: readonly Reading[] | undefined;

  constructor(code: string, sentence: string, { cause, ...seen }: Seen & { cause?: unknown } = {}) {
    super(sentence, cause === undefined ? undefined : { cause });
    this.name = "FileFault";
    this.code = code;
    this.line = seen.line;
    this.names = seen.names;
    this.readings = seen.readings;
  }
}

export const fileCodes = new Set<string>();

function define<Given = void>(
  code: string,
  sentence: (given: Given) => string,
): (given: Given, cause?: unknown) => FileFault {
  if (fileCodes.has(code)) throw new Error(`The file code ${code} is defined twice.`);
  fileCodes.add(code);
  return (given, cause) => {
    const { line, names, readings } = (given ?? {}) as Seen;
    return new FileFault(code, sentence(given), { cause, line, names, readings });
  };
}

// --- what it is
// -------------------------------------------------------------------------------------------------

export const fileEmpty = define(
  "file_empty",
  () =>
    "The file has 0 bytes, which a broken transfer leaves as well. Send it again; a day without events is a file with its header alone.",
);
export const excelWorkbook = define(
  "excel_workbook",
  () => "This is a workbook of a spreadsheet, whatever its name says. Save it as CSV UTF-8 and send that.",
);
export const archiveDamaged = define<{ what: string }>(
  "archive_damaged",
  ({ what }) => `${what} Send the file again; gzip and zip (stored or deflated) are read.`,
);
export const archiveNested = define<{ outer: string; inner: string }>(
  "archive_nested",
  ({ outer, inner }) => `Inside the ${outer} is a ${inner} again. Pack the file once, or not at all.`,
);
export const archiveEncrypted = define(
  "archive_encrypted",
  () =>
    "The zip is encrypted, and there is no password for it here. Send it without one: the way it takes is encrypted.",
);
export const zipNotOneFile = define<{ files: number }>(
  "zip_not_one_file",
  ({ files }) => `The zip holds ${counted(files, "file")}; exactly one is allowed. Send each file by itself.`,
);
export const unpackedTooLarge = define<{ what: string }>(
  "unpacked_too_large",
  ({ what }) => `${what} Send the day in several files.`,
);

// --- text
// -------------------------------------------------------------------------------------------------------

export const binaryOrUtf16 = define<{ looksLike: string | undefined }>("binary_or_utf16", ({ looksLike }) =>
  looksLike === undefined
    ? "The file holds NUL bytes: it is no text, or UTF-16 without a byte order mark. Save it as CSV UTF-8."
    : `This is ${looksLike}, which is not read. Send CSV or Parquet, as it is or in gzip or zip.`,
);
export const encodingUnknown = define<{ what: string; line?: number; readings?: readonly Reading[] }>(
  "encoding_unknown",
  ({ what }) => `${what} Save the file as CSV UTF-8, or set the encoding of the import: it is never guessed.`,
);
export const quoteNotClosed = define<{ line: number }>(
  "quote_not_closed",
  ({ line }) =>
    `A quote opened in line ${line} is not closed where a cell may end, so that the rows behind it cannot be told apart. ` +
    'Close it; a quote inside a cell is written twice ("").',
);
export const recordTooLong = define<{ line: number; bytesMax: number }>(
  "record_too_long",
  ({ line, bytesMax }) =>
    `The row that begins in line ${line} has more than ${bytesMax} bytes. Often a quote was opened there and never closed; ` +
    "otherwise leave out the column that is so large.",
);

// --- header
// -----------------------------------------------------------------------------------------------------

export const headerMissing = define<{ what: string; line?: number; names?: readonly string[] }>(
  "header_missing",
  ({ what }) => `${what} Name the columns date, ev, reference_ev, reference_id and value.`,
);
export const headerTwice = define<{
  field: string;
  columns: readonly string[];
  names?: readonly string[];
}>(
  "header_twice",
  ({ field, columns }) =>
    `${columns.map((name) => `"${name}"`).join(" and ")} both are ${field}. Keep one, or rename the other.`,
);

// --- rows
// -------------------------------------------------------------------------------------------------------

export const tooManyRows = define<{ rowsMax: number }>(
  "too_many_rows",
  ({ rowsMax }) => `The file has more than ${rowsMax} rows. Send the day in several files.`,
);
export const allRowsRejected = define<{ rows: number; why: string }>(
  "all_rows_rejected",
  ({ rows, why }) =>
    `Not one of ${counted(rows, "row")} can be imported (${why}). Correct the file and send it again.`,
);
export const tooManyRejects = define<{ rejected: number; rows: number; allowed: number; why: string }>(
  "too_many_rejects",
  ({ rejected, rows, allowed, why }) =>
    `${rejected} of ${counted(rows, "row")} cannot be imported (${why}); at most ${allowed} may be bad. ` +
    "Correct the file and send it again, or allow more on the import.",
);
export const idIsEventName = define<{ rows: number; accepted: number }>(
  "id_is_event_name",
  ({ rows, accepted }) =>
    `In ${rows} of ${counted(accepted, "row")} reference_id is the name of an event: reference_ev holds commas that are not quoted, and value is left out. ` +
    'Put reference_ev in double quotes: "deal,lead_form".',
);

// --- Parquet
// ----------------------------------------------------------------------------------------------------

export const parquetDamaged = define(
  "parquet_damaged",
  () => "The Parquet file is cut short or damaged. Write it anew and send it again.",
);
export const parquetEncrypted = define(
  "parquet_encrypted",
  () =>
    "The Parquet file is encrypted, and there is no key for it here. Write it without encryption: the way it takes is encrypted.",
);
export const parquetCodec = define<{ codec: string }>(
  "parquet_codec",
  ({ codec }) =>
    `The Parquet file is compressed by ${codec}; snappy, gzip, zstd, brotli, lz4_raw and none are read. Write it with one of these.`,
);
export const columnType = define<{ field: string; column: string; type: string }>(
  "column_type",
  ({ field, column, type }) =>
    `The column "${column}" is ${field}, and its type is ${type}. docs/imports.md lists the types of each field; write it as a string.`,
);
export const dateIsInstant = define<{ column: string }>(
  "date_is_instant",
  ({ column }) =>
    `The column "${column}" holds instants: which day one is depends on a zone. Write dates, or set the import to convert them to its zone.`,
);
export const refIdType = define<{ column: string; type: string }>(
  "ref_id_type",
  ({ column, type }) =>
    `The column "${column}" is reference_id, and its type is ${type}, which does not keep an id as it was. Write it as a string or an integer.`,
);

// --- what the server knows beside the file
// -------------------------------------------------------------------------------------------------

export const snapshotTooSmall = define<{ imported: number; there: number }>(
  "snapshot_too_small",
  ({ imported, there }) =>
    `The file has ${counted(imported, "event")} where ${there} are there, and the import takes each file for all that there is. ` +
    "Have it imported anyway, or send the whole.",
);
export const bytesMissing = define(
  "bytes_missing",
  () => "The bytes of the file are not here any more, as after a restore of an older backup. Send it again.",
);
export const unreadable = define(
  "unreadable",
  () =>
    "The work on the file was cut off five times, for a reason that is not in its rows; the log says which. Send it again, in parts where it is large.",
);
export const notTaken = define<{ why: string }>(
  "not_taken",
  ({ why }) =>
    `The warehouse refuses the statement by which the rows of the file would count: ${why}. ` +
    "Nothing of it was imported, and it is kept for seven days. Correct what the sentence names, then have the file checked again.",
);

// --- shared tables, whose days arrive as files
// -------------------------------------------------------------------------------------------------

export const tableNotThere = define<{ what: string }>(
  "table_not_there",
  ({ what }) => `${what} Name a table or view that is there, or ask whoever shares it for its name.`,
);
export const tableNotShared = define<{ table: string; account: string | undefined; why: string }>(
  "table_not_shared",
  ({ table, account = "the account of import", why }) =>
    `${account} may not read ${table}: ${why}. Give it BigQuery Data Viewer on this one table; where it is a view, ` +
    "authorize it in the datasets of the tables that it reads, or grant those too." +
    otherWall(why),
);
export const tableRefused = define<{ table: string; why: string }>(
  "table_refused",
  ({ table, why }) => `The warehouse cannot read ${table}: ${why}. Put the table or the view right.`,
);

/** What no grant on a table opens. */
function otherWall(why: string): string {
  if (/Drive|Sheets/i.test(why))
    return " It reads a file of Google Drive, which is not read from here: copy it into a table.";
  if (/VPC Service Controls|organization's policy/i.test(why))
    return " A service perimeter (VPC-SC) stands around it: let the account in there.";
  return "";
}
