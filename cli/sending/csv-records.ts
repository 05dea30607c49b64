import { openCsv, type CsvRecord } from "../../functions/import/csv/reader.ts";
import { failed } from "../failure.ts";
import { shown } from "../typed.ts";
import type { FileRecord, ReadOptions } from "./records.ts";

const delimiters = [",", ";", "\t", "|"];

interface Head {
  readonly names: readonly string[];
  readonly delimiter: string;
}

/** Each row as a JSON object: the names of the header with the texts of the cells, nothing read into them.
 *  @throws FileFault where the rest of the file cannot be told apart; what came before is sent */
export async function* csvRecords(
  text: AsyncGenerator<string>,
  options: ReadOptions,
): AsyncGenerator<FileRecord> {
  let begun = "";
  let head: Head | undefined;
  let reader: ReturnType<typeof openCsv> | undefined;
  let found: FileRecord[] = [];
  let number = 0;
  const hear = (record: CsvRecord): boolean => {
    // The first one is the header.
    if (number > 0) found.push({ number, line: record.lineFirst, ...rowOf(record, head!.names) });
    number += 1;
    return true;
  };
  const begin = () => {
    head = headOf(begun, options);
    reader = openCsv({ delimiter: head.delimiter, recordBytesMax: options.bytesMax }, hear);
    return reader;
  };
  for await (const piece of text) {
    if (reader === undefined) {
      begun += piece;
      // A header of so many characters has ended.
      if (begun.length < headCharactersMax) continue;
    }
    if (reader === undefined) begin().push(begun);
    else reader.push(piece);
    yield* found;
    found = [];
  }
  if (reader === undefined) begin().push(begun);
  reader!.end();
  yield* found;
}

const headCharactersMax = 256 * 1024;

/** The character that makes the most cells of the header. @throws Failure for a header that names nothing */
function headOf(text: string, { delimiter, bytesMax }: ReadOptions): Head {
  const heads = (delimiter === undefined ? delimiters : [delimiter]).map((each) => ({
    delimiter: each,
    names: firstCells(text, each, bytesMax).map((name) => name.trim()),
  }));
  const head = heads.reduce((most, each) => (each.names.length > most.names.length ? each : most));
  if (head.names.length === 0)
    throw failed("The file has no line with text in it. The first line of CSV names the fields.");
  const names = head.names.at(-1) === "" ? head.names.slice(0, -1) : head.names;
  const unnamed = names.indexOf("");
  if (unnamed !== -1)
    throw failed(
      `The header has no name for column ${unnamed + 1}. Give each column a name, or say with --delimiter what stands between them.`,
    );
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw failed(`The header names ${shown(twice)} twice. Give each column a name of its own.`);
  return { delimiter: head.delimiter, names };
}

function firstCells(text: string, delimiter: string, recordBytesMax: number): readonly string[] {
  let cells: readonly string[] = [];
  const reader = openCsv({ delimiter, recordBytesMax }, (record) => {
    cells = [...record.cells];
    return false;
  });
  reader.push(text);
  reader.end();
  return cells;
}

function rowOf({ cells, isMalformed }: CsvRecord, names: readonly string[]): Partial<FileRecord> {
  if (isMalformed) return { fault: "A quote closes inside a cell. Double it, or quote the whole cell." };
  const { length } = names;
  const isWide = cells.length === length + 1 && cells[length]!.trim() === "";
  if (cells.length !== length && !isWide)
    return {
      fault: `The line has ${cells.length} cells, the header has ${length}. Quote cells with the delimiter in them.`,
    };
  const fields: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [index, name] of names.entries()) fields[name] = cells[index]!;
  return { fields, body: JSON.stringify(fields) };
}
