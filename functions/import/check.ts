/** Reads one file of backend events and says of each row whether it is an event, and of the file whether it is imported.
 *  Whatever is done with the events is the business of who listens: checking alone is the same run with nobody there.
 *  The file is read three times, so that no memory grows with it: its bytes (is it whole, what encoding), its values
 *  (which number format), its rows. */
import type { StoredFile } from "../files.ts";
import { calendarOf } from "../streams/calendar.ts";
import { encodingOf, surveyBytes } from "./csv/encoding.ts";
import type { Head } from "./csv/head.ts";
import type { CsvRecord } from "./csv/reader.ts";
import { headOf, readTable, type CsvSource, type TableListener } from "./csv/table.ts";
import { FileFault, fileEmpty, parquetNotRead, tooManyRows } from "./faults.ts";
import { daysBefore } from "./fields/date.ts";
import { openRowChecks } from "./fields/row.ts";
import { surveyValues, type ValueSurvey } from "./survey.ts";
import { openIdentity } from "./identity.ts";
import { openFile, unpackLimit, type OpenedFile } from "./open/open.ts";
import type { Fault } from "./rejects.ts";
import {
  failedReport,
  judge,
  nothingFound,
  type Found,
  type ImportedEvent,
  type ImportReport,
  type Reject,
} from "./report.ts";
import type { ImportSettings } from "./settings.ts";

/** Gets what is found, in the order of the rows, some at a time. The file may still fail after it: nothing counts before
 *  the report is there. */
export interface RowSink {
  events?(some: readonly ImportedEvent[]): Promise<void> | void;
  rejects?(some: readonly Reject[]): Promise<void> | void;
}

export interface CheckOptions {
  /** Part of every event_id: the same row of another import is another event. */
  readonly importId: string;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly sink?: RowSink;
}

const rawBytesMax = 8 * 1024;

export async function checkFile(
  file: StoredFile,
  settings: ImportSettings,
  options: CheckOptions,
): Promise<ImportReport> {
  const found = nothingFound();
  try {
    const opened = await openFile(file);
    if (opened.kind === "parquet") throw parquetNotRead();
    const source = await openText(file, opened, settings, found);
    const head = await headOf(source, (delimiter) => (found.delimiter = delimiter));
    found.ignored_columns = head.columns.ignored;
    const survey = await surveyValues(source, head);
    found.number_format = survey.format ?? null;
    if (survey.rows > settings.limits.rowsMax) throw tooManyRows({ rowsMax: settings.limits.rowsMax });
    found.hints.push(...survey.hints);
    await readRows({ source, head, survey }, found, options);
    judge(found, settings);
    return { state: found.rejected > 0 ? "imported_with_rejects" : "imported", ...found };
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    return failedReport(found, error);
  }
}

async function openText(
  file: StoredFile,
  { container, bytes }: OpenedFile,
  settings: ImportSettings,
  found: Found,
): Promise<CsvSource> {
  const survey = await surveyBytes(bytes, unpackLimit(file.bytes, settings.limits));
  if (survey.bytes === 0) throw fileEmpty();
  found.kind = "csv";
  found.container = container;
  const encoding = await encodingOf(survey, settings.encoding, bytes);
  found.encoding = encoding;
  if (survey.hasReplacement)
    found.hints.push(
      "The text holds U+FFFD: a program before us lost characters there. Export it anew as UTF-8.",
    );
  return { bytes, encoding, path: file.name, settings };
}

async function readRows(
  { source, head, survey }: { source: CsvSource; head: Head; survey: ValueSurvey },
  found: Found,
  { importId, now, sink = {} }: CheckOptions,
): Promise<void> {
  const { settings } = source;
  const calendar = calendarOf(settings.zone);
  if (calendar === undefined)
    throw new Error(`${settings.zone} is no zone: settings are checked before a file is read.`);
  const today = calendar(now());
  const days = { first: daysBefore(today, settings.max_age_days), last: today };
  const checks = openRowChecks(settings, days, survey.format);
  const identity = openIdentity(importId, survey.rows);
  let events: ImportedEvent[] = [];
  let rejects: Reject[] = [];

  function reject(faults: readonly Fault[], record: CsvRecord): void {
    found.rejected += 1;
    for (const code of new Set(faults.map((fault) => fault.code)))
      found.codes[code] = (found.codes[code] ?? 0) + 1;
    if (sink.rejects !== undefined) rejects.push(asReject(found.rows, faults, record, head));
  }

  const listener: TableListener = {
    row(cells, record) {
      found.rows += 1;
      const event = checks.read(cells);
      if (event === undefined) return reject(checks.faults, record);
      const event_id = identity.idOf(event);
      found.imported += 1;
      found.dates[event.date] = (found.dates[event.date] ?? 0) + 1;
      if (survey.names.has(event.reference_id)) found.warnings.id_is_event_name += 1;
      if (sink.events !== undefined) events.push({ ...event, event_id, row: found.rows });
    },
    bad(fault, record) {
      found.rows += 1;
      reject([fault], record);
    },
    blankRow() {
      found.warnings.blank_rows += 1;
    },
    async pause() {
      const [some, bad] = [events, rejects];
      events = [];
      rejects = [];
      if (some.length > 0) await sink.events?.(some);
      if (bad.length > 0) await sink.rejects?.(bad);
    },
  };
  await readTable(source, head, listener);
  Object.assign(found.warnings, checks.warnings, { equal_rows: identity.equalRows });
}

function asReject(row: number, faults: readonly Fault[], record: CsvRecord, { columns }: Head): Reject {
  const { lineFirst, lineLast } = record;
  return {
    row,
    line_first: lineFirst,
    line_last: lineLast,
    faults: faults.map((fault) => {
      const place = fault.field && columns.places[fault.field];
      return { ...fault, ...(place !== undefined && { column_number: place + 1 }) };
    }),
    raw: record
      .raw()
      .replace(/[\r\n]+$/, "")
      .slice(0, rawBytesMax),
  };
}
