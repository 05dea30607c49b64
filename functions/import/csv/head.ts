/** The beginning of a CSV file: which character stands between cells, and which column is which field. By the
 *  header alone, never by counting: the text of a cell may hold any of them. */
import { FileFault, headerMissing, headerTwice } from "../faults.ts";
import { trimmed } from "../fields/text.ts";
import { fields, type Field } from "../rejects.ts";
import type { ImportSettings } from "../settings.ts";
import { missingHeader, readHeader, type Columns, type Header } from "../columns.ts";
import { openCsv } from "./reader.ts";

const delimiters = [",", ";", "\t", "|"];

export interface Head {
  readonly delimiter: string;
  readonly columns: Columns;
  /** Cells that a row has; one more, empty, is a delimiter at the end of the line. */
  readonly width: number;
  /** Records before the first row. */
  readonly recordsBefore: number;
}

/** A line `sep=;` says which one it is; what it says may be wrong. */
const sepLine = /^[ \t]*"?sep=(.)"?[ \t]*(?:\r\n|\n|\r|$)/i;

interface First {
  readonly cells: readonly string[];
  readonly line: number;
}

/** @param text the beginning of the file, with its whole first record
 *  @param found is told the delimiter before the header is judged
 *  @throws header_missing, header_twice, quote_not_closed, record_too_long */
export function readHead(
  text: string,
  settings: ImportSettings,
  path: string,
  found: (delimiter: string) => void,
): Head {
  const sep = sepLine.exec(text)?.[1];
  const before = sep === undefined ? 0 : 1;
  const tried = [...new Set(sep === undefined ? delimiters : [sep, ...delimiters])].filter(
    (delimiter) => !/[\w"\r\n]/.test(delimiter),
  );
  const firsts = tried.map((delimiter) => ({
    delimiter,
    first: firstRecord(text, delimiter, before, settings),
  }));
  const read = firsts.flatMap(({ delimiter, first }) =>
    first === undefined || first instanceof FileFault ? [] : [{ delimiter, first }],
  );
  if (read.length === 0) throw firsts.find(({ first }) => first instanceof FileFault)?.first ?? nothing();
  if (settings.header === "none") return withoutHeader(read, before, found);
  const headers = read.map((each) => ({ ...each, header: readHeader(each.first.cells) }));
  const fit = headers.find(({ header }) => header.kind !== "missing");
  if (fit === undefined) throw closest(headers, path);
  found(fit.delimiter);
  if (fit.header.kind === "twice") throw headerTwice({ ...fit.header, names: fit.first.cells });
  const { cells } = fit.first;
  const width = trimmed(cells.at(-1)!) === "" ? cells.length - 1 : cells.length;
  return {
    delimiter: fit.delimiter,
    columns: fit.header as Columns,
    width,
    recordsBefore: before + 1,
  };
}

const nothing = () => headerMissing({ what: "The file has no line with text in it." });

/** The first record behind a sep= line, or what makes it unreadable. */
function firstRecord(
  text: string,
  delimiter: string,
  before: number,
  { limits }: ImportSettings,
): First | FileFault | undefined {
  let left = before;
  let first: First | undefined;
  const reader = openCsv({ delimiter, recordBytesMax: limits.recordBytesMax }, ({ cells, lineFirst }) => {
    if (left-- > 0) return true;
    first = { cells: [...cells], line: lineFirst };
    return false;
  });
  try {
    reader.push(text);
    reader.end();
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    if (first === undefined) return error;
  }
  return first;
}

/** What the header lacks under the delimiter that comes closest. */
function closest(headers: readonly { first: First; header: Header }[], path: string): FileFault {
  const missing = headers.flatMap(({ first, header }) =>
    header.kind === "missing" ? [{ missing: header.missing, names: first.cells, line: first.line }] : [],
  );
  missing.sort((a, b) => a.missing.length - b.missing.length || b.names.length - a.names.length);
  return missingHeader(missing[0]!, path);
}

/** The five fields in their order, or without a value. */
function withoutHeader(
  read: readonly { delimiter: string; first: First }[],
  before: number,
  found: (delimiter: string) => void,
): Head {
  const fit = read
    .map(({ delimiter, first: { cells } }) => ({ delimiter, width: widthOf(cells), date: cells[0]! }))
    .filter(({ width }) => width === fields.length || width === fields.length - 1);
  // Several may give the right number of cells; the one that cuts off a date is right.
  const { delimiter, width } = fit.find(({ date }) => /^\s*[\d./-]{8,10}\s*$/.test(date)) ?? fit[0] ?? {};
  if (delimiter === undefined || width === undefined)
    throw headerMissing({
      line: read[0]!.first.line,
      what: "The import says that there is no header; then a row has 4 or 5 cells, and the first one has others.",
    });
  found(delimiter);
  const places: Partial<Record<Field, number>> = {};
  for (const [place, field] of fields.slice(0, width).entries()) places[field] = place;
  return { delimiter, columns: { places, ignored: [], names: [] }, width, recordsBefore: before };
}

function widthOf(cells: readonly string[]): number {
  return cells.length === fields.length + 1 && trimmed(cells.at(-1)!) === "" ? fields.length : cells.length;
}
