/** A CSV file as rows of cells, read as often as it takes. */
import { turn } from "../../turn.ts";
import { copied, trimmed } from "../fields/text.ts";
import { fields, type Fault } from "../rejects.ts";
import type { ImportSettings } from "../settings.ts";
import type { Place, Table, TableListener } from "../table.ts";
import { decoded, type Bytes, type FoundEncoding } from "./encoding.ts";
import { readHead, type Head } from "./head.ts";
import { openCsv, type CsvRecord } from "./reader.ts";

export interface CsvSource {
  readonly bytes: Bytes;
  readonly encoding: FoundEncoding;
  readonly path: string;
  readonly settings: ImportSettings;
}

/** @param found is told the delimiter, once the header names the fields
 *  @throws header_missing, header_twice, quote_not_closed, record_too_long */
export async function openCsvTable(source: CsvSource, found: (delimiter: string) => void): Promise<Table> {
  const head = await headOf(source, found);
  return {
    columns: head.columns,
    valuesAreText: true,
    read: (listener) => readTable(source, head, listener),
  };
}

async function headOf(source: CsvSource, found: (delimiter: string) => void): Promise<Head> {
  let text = "";
  for await (const piece of decoded(source.bytes, source.encoding)) {
    text += piece;
    // A record that is longer is refused, whatever comes behind it.
    if (text.length > source.settings.limits.recordBytesMax) break;
  }
  return readHead(text, source.settings, source.path, found);
}

/** @throws quote_not_closed, record_too_long */
async function readTable(source: CsvSource, head: Head, listener: TableListener): Promise<void> {
  const { delimiter, columns, width } = head;
  const places = fields.map((field) => columns.places[field] ?? -1);
  const [date, ev, names, id, value] = places as [number, number, number, number, number];
  let before = head.recordsBefore;
  const { recordBytesMax } = source.settings.limits;
  let current: CsvRecord;
  const place: Place = {
    says: () => `line ${current.lineFirst}`,
    where: () => ({
      line_first: current.lineFirst,
      line_last: current.lineLast,
      raw: copied(current.raw().slice(0, rawCharactersMax)).replace(/[\r\n]+$/, ""),
    }),
  };
  const reader = openCsv({ delimiter, recordBytesMax }, (record) => {
    current = record;
    if (before > 0) {
      before -= 1;
      return true;
    }
    const { cells } = record;
    if (record.isMalformed) listener.bad({ code: "quote_malformed", field: undefined }, place);
    else if (isEmpty(cells)) listener.blankRow();
    else if (cells.length === width || (cells.length === width + 1 && trimmed(cells[width]!) === ""))
      listener.row([cells[date]!, cells[ev]!, cells[names]!, cells[id]!, cells[value] ?? ""], place);
    else listener.bad(ragged(cells, head), place);
    return true;
  });
  for await (const piece of decoded(source.bytes, source.encoding)) {
    // Others pass after each piece.
    for (let at = 0; at < piece.length; at += turnCharacters) {
      reader.push(piece.slice(at, at + turnCharacters));
      await listener.pause();
      await turn();
    }
  }
  reader.end();
  await listener.pause();
}

export const rawCharactersMax = 8 * 1024;
/** Some 5 ms of work. */
const turnCharacters = 64 * 1024;

function isEmpty(cells: readonly string[]): boolean {
  return cells.every((cell) => trimmed(cell) === "");
}

function ragged(cells: readonly string[], { delimiter, width, columns }: Head): Fault {
  if (cells.length < width) return { code: "columns_too_few", field: undefined };
  const list = columns.places.reference_ev!;
  const surplus = cells.length - width;
  const isList =
    delimiter === "," &&
    cells.slice(list, list + surplus + 1).every((cell) => /^[^\d\s"][^"]*$/.test(trimmed(cell)));
  return {
    code: "columns_too_many",
    field: undefined,
    ...(isList && { hint: "reference_ev contains commas: put it in double quotes." }),
  };
}
