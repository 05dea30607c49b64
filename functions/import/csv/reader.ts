/** Reads CSV as people's programs write it: quotes as in RFC 4180, every kind of line end, also
 *  inside quotes, and lines counted as a text editor counts them. Text comes in pieces; where
 *  it is cut changes nothing.
 *  A quote that closes where no cell can end is never guessed away: a parser that goes
 *  on glues rows together. */
import { quoteNotClosed, recordTooLong } from "../faults.ts";

/** The reader's own: it says something else once `heard` has returned. */
export interface CsvRecord {
  readonly cells: readonly string[];
  /** Physical lines, from 1. */
  readonly lineFirst: number;
  readonly lineLast: number;
  /** A quote opened and closed in one line, and something stood behind it: the cells mean nothing. */
  readonly isMalformed: boolean;
  /** As it stands in the text, with its line end. */
  raw(): string;
}

export interface CsvReader {
  /** @param heard gets each record; false ends the reading @throws quote_not_closed, record_too_long */
  push(text: string): void;
  /** There is no more text. */
  end(): void;
}

const [tab, lf, cr, space, quote] = [9, 10, 13, 32, 34];
/** What a place is called where a record goes on in text that has not come yet. */
const later = -1;

export function openCsv(
  { delimiter, recordBytesMax }: { delimiter: string; recordBytesMax: number },
  heard: (record: CsvRecord) => boolean,
): CsvReader {
  const mark = delimiter.charCodeAt(0);
  const isBlank = (code: number) => code === space || (code === tab && mark !== tab);
  const cells: string[] = [];
  let text = "";
  let isLast = false;
  let from = 0;
  let next = 0;
  let lineFirst = 1;
  let lineLast = 1;
  let isMalformed = false;
  let isQuoted = false;
  let goesOn = true;
  // A record that is not whole is read from its beginning once there is twice as much of it: no text is read
  // often.
  let wanted = 0;
  const record: CsvRecord = {
    cells,
    get lineFirst() {
      return lineFirst;
    },
    get lineLast() {
      return lineLast;
    },
    get isMalformed() {
      return isMalformed;
    },
    raw: () => text.slice(from, next),
  };

  function readAll(): void {
    from = 0;
    while (goesOn && from < text.length) {
      next = readRecord();
      if (next === later) break;
      if ((next - from) * 3 > recordBytesMax) checkLength(next);
      const isBlankLine = cells.length === 1 && !isQuoted && isNothing(cells[0]!);
      if (!isBlankLine) goesOn = heard(record);
      from = next;
      lineFirst = lineLast + 1;
    }
    if (goesOn && (text.length - from) * 3 > recordBytesMax) checkLength(text.length);
    text = goesOn ? text.slice(from) : "";
  }

  function checkLength(to: number): void {
    if (Buffer.byteLength(text.slice(from, to)) > recordBytesMax)
      throw recordTooLong({ line: lineFirst, bytesMax: recordBytesMax });
  }

  /** @returns where the next record begins */
  function readRecord(): number {
    cells.length = 0;
    isMalformed = false;
    isQuoted = false;
    lineLast = lineFirst;
    let at = from;
    for (;;) {
      const opened = quoteAt(at);
      at = opened === later ? readBare(at) : readQuoted(opened);
      if (at === later) return later;
      if (at === text.length) return isLast ? at : later;
      const code = text.charCodeAt(at);
      at += 1;
      if (code === lf) return at;
      if (code === cr) {
        if (at === text.length) return isLast ? at : later;
        return text.charCodeAt(at) === lf ? at + 1 : at;
      }
    }
  }

  /** Where a cell begins with a quote, blanks before it left out. */
  function quoteAt(begin: number): number {
    let at = begin;
    while (isBlank(text.charCodeAt(at))) at += 1;
    return text.charCodeAt(at) === quote ? at : later;
  }

  function readBare(begin: number): number {
    const { length } = text;
    let at = begin;
    while (at < length) {
      const code = text.charCodeAt(at);
      if (code === mark || code === lf || code === cr) break;
      at += 1;
    }
    if (at === length && !isLast) return later;
    cells.push(text.slice(begin, at));
    return at;
  }

  function readQuoted(opened: number): number {
    isQuoted = true;
    const openingLine = lineLast;
    let cell = "";
    let begin = opened + 1;
    for (;;) {
      const closed = text.indexOf('"', begin);
      if (closed === later || (closed + 1 === text.length && !isLast)) {
        if (closed !== later || !isLast) return later;
        throw quoteNotClosed({ line: openingLine });
      }
      cell += text.slice(begin, closed);
      begin = closed + 1;
      if (text.charCodeAt(begin) !== quote) break;
      cell += '"';
      begin += 1;
    }
    const breaks = lineBreaks(cell);
    lineLast += breaks;
    cells.push(cell);
    let at = begin;
    while (isBlank(text.charCodeAt(at))) at += 1;
    if (at === text.length) return isLast ? at : later;
    if (isCellEnd(text.charCodeAt(at))) return at;
    // What was taken for the end of the cell may be the beginning of one many rows further down.
    if (breaks > 0) throw quoteNotClosed({ line: openingLine });
    isMalformed = true;
    while (at < text.length && text.charCodeAt(at) !== lf && text.charCodeAt(at) !== cr) at += 1;
    return at === text.length && !isLast ? later : at;
  }

  const isCellEnd = (code: number) => code === mark || code === lf || code === cr;

  return {
    push(piece) {
      if (!goesOn) return;
      text += piece;
      if (text.length < wanted) return;
      readAll();
      wanted = 2 * text.length;
    },
    end() {
      isLast = true;
      // Ctrl-Z: how DOS ended a text.
      // oxlint-disable-next-line no-control-regex
      text = text.replace(/\u001a+$/, "");
      readAll();
    },
  };
}

function isNothing(cell: string): boolean {
  return cell === "" || /^[ \t\u00a0\ufeff]*$/.test(cell);
}

/** CRLF, LF and CR are one line end each. */
function lineBreaks(text: string): number {
  if (!text.includes("\n") && !text.includes("\r")) return 0;
  return text.match(/\r\n|\n|\r/g)!.length;
}
