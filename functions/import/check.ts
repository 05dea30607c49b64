/** Reads one file of backend events and says of each row whether it is an event, and of the file whether it
 *  is imported. Whatever is done with the events is the business of who listens: checking alone is the same
 *  run with nobody there. The file is read three times, so that no memory grows with it: its bytes (is it
 *  whole, what encoding), its values (which number format), its rows. */
import type { Scratch, StoredFile } from "../files.ts";
import type { OpenParquet } from "../parquet.ts";
import { calendarOf } from "../streams/calendar.ts";
import { encodingOf, surveyBytes } from "./csv/encoding.ts";
import { openCsvTable } from "./csv/table.ts";
import { FileFault, fileEmpty, tooManyRows } from "./faults.ts";
import { daysBefore } from "./fields/date.ts";
import { openRowChecks } from "./fields/row.ts";
import { openIdentity } from "./identity.ts";
import { openFile, unpackLimit, type OpenedFile } from "./open/open.ts";
import { openParquetTable } from "./parquet/table.ts";
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
import { surveyValues, type ValueSurvey } from "./survey.ts";
import type { Place, Table, TableListener } from "./table.ts";

/** Gets what is found, in the order of the rows, some at a time. The file may still fail after it: nothing
 *  counts before the report is there. The texts of an event are parts of the file's: who keeps many copies
 * them. */
export interface RowSink {
  events?(some: readonly ImportedEvent[]): Promise<void> | void;
  rejects?(some: readonly Reject[]): Promise<void> | void;
}

export interface CheckTools {
  readonly parquet: OpenParquet;
  readonly scratch: Scratch;
  /** Part of every event_id: the same row of another import is another event. */
  readonly importId: string;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly sink?: RowSink;
  /** Of web events, where they are known: an id that is one of them is a cell that moved. */
  readonly webEventNames?: ReadonlySet<string>;
}

export async function checkFile(
  file: StoredFile,
  settings: ImportSettings,
  tools: CheckTools,
): Promise<ImportReport> {
  const found = nothingFound();
  // What was unpacked to be read in any order.
  await using held = new AsyncDisposableStack();
  try {
    const opened = await openFile(file);
    const open = opened.kind === "csv" ? openText : openColumns;
    const table = await open({ file, opened, settings, found, tools, held });
    found.ignored_columns = table.columns.ignored;
    found.columns = table.columns.names;
    const survey = await surveyValues(table, settings);
    found.number_format = survey.format ?? null;
    if (survey.proof !== undefined)
      found.number_proof = { ...survey.proof, text: survey.proof.text.slice(0, proofCharacters) };
    if (survey.rows > settings.limits.rowsMax) throw tooManyRows({ rowsMax: settings.limits.rowsMax });
    found.hints.push(...survey.hints);
    await readRows({ table, survey, settings }, found, tools);
    judge(found, settings);
    return { state: found.rejected > 0 ? "imported_with_rejects" : "imported", ...found };
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    return failedReport(found, error);
  }
}

/** A value that proves a number format is short; what is longer is shown cut. */
const proofCharacters = 40;

interface Opening {
  readonly file: StoredFile;
  readonly opened: OpenedFile;
  readonly settings: ImportSettings;
  readonly found: Found;
  readonly tools: CheckTools;
  readonly held: AsyncDisposableStack;
}

async function openText({ file, opened: { container, bytes }, settings, found }: Opening): Promise<Table> {
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
  const source = { bytes, encoding, path: file.name, settings };
  return openCsvTable(source, (delimiter) => (found.delimiter = delimiter));
}

async function openColumns(opening: Opening): Promise<Table> {
  const { file, opened, settings, found, tools, held } = opening;
  let whole = file;
  if (opened.container !== null) {
    const limit = unpackLimit(file.bytes, settings.limits);
    whole = held.use(await tools.scratch.keep(limited(opened.bytes(), limit)));
  }
  found.kind = "parquet";
  found.container = opened.container;
  const parquet = await tools.parquet(whole, settings.limits);
  return openParquetTable(parquet, settings, file.name);
}

async function* limited(
  bytes: AsyncIterable<Uint8Array>,
  limit: (total: number) => void,
): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const chunk of bytes) {
    total += chunk.length;
    limit(total);
    yield chunk;
  }
}

async function readRows(
  { table, survey, settings }: { table: Table; survey: ValueSurvey; settings: ImportSettings },
  found: Found,
  { importId, now, sink = {}, webEventNames }: CheckTools,
): Promise<void> {
  const calendar = calendarOf(settings.zone);
  if (calendar === undefined)
    throw new Error(`${settings.zone} is no zone: settings are checked before a file is read.`);
  const today = calendar(now());
  const days = { first: daysBefore(today, settings.max_age_days), last: today };
  const checks = openRowChecks(settings, days, survey.format);
  const identity = openIdentity(importId, survey.rows);
  let events: ImportedEvent[] = [];
  let rejects: Reject[] = [];

  function reject(faults: readonly Fault[], place: Place): void {
    found.rejected += 1;
    for (const code of new Set(faults.map((fault) => fault.code)))
      found.codes[code] = (found.codes[code] ?? 0) + 1;
    if (sink.rejects !== undefined) rejects.push(asReject(found.rows, faults, place, table));
  }

  const listener: TableListener = {
    row(cells, place, brokenId) {
      found.rows += 1;
      const event = checks.read(cells, brokenId);
      if (event === undefined) return reject(checks.faults, place);
      const event_id = identity.idOf(event);
      found.imported += 1;
      found.dates[event.date] = (found.dates[event.date] ?? 0) + 1;
      const { reference_id } = event;
      if (survey.names.has(reference_id) || webEventNames?.has(reference_id))
        found.warnings.id_is_event_name += 1;
      if (sink.events !== undefined) events.push({ ...event, event_id, row: found.rows });
    },
    bad(fault, place) {
      found.rows += 1;
      reject([fault], place);
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
  await table.read(listener);
  Object.assign(found.warnings, checks.warnings, { equal_rows: identity.equalRows });
}

function asReject(row: number, faults: readonly Fault[], place: Place, { columns }: Table): Reject {
  return {
    row,
    ...place.where(),
    faults: faults.map((fault) => {
      const column = fault.field && columns.places[fault.field];
      return { ...fault, ...(column !== undefined && { column_number: column + 1 }) };
    }),
  };
}
