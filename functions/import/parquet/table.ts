/** A Parquet file as rows of cells: which columns are the fields, and which types they may have. */
import type { ParquetCell, ParquetColumn, ParquetRows, ParquetTable, ParquetType } from "../../parquet.ts";
import { calendarOf } from "../../streams/calendar.ts";
import { turn } from "../../turn.ts";
import { missingHeader, readHeader } from "../columns.ts";
import { columnType, dateIsInstant, headerTwice, refIdType, type FileFault } from "../faults.ts";
import type { Cells } from "../fields/row.ts";
import { fields, type Fault, type Field } from "../rejects.ts";
import type { ImportSettings } from "../settings.ts";
import type { Place, Table, TableListener } from "../table.ts";

export const allowedTypes: Record<Field, readonly ParquetType[]> = {
  date: ["date", "text", "timestamp", "instant", "null"],
  ev: ["text", "null"],
  reference_ev: ["text", "list", "null"],
  reference_id: ["text", "integer", "uuid", "null"],
  value: ["text", "integer", "decimal", "float", "boolean", "null"],
};

/** @throws header_missing, header_twice, column_type, ref_id_type, date_is_instant */
export function openParquetTable(parquet: ParquetTable, settings: ImportSettings, path: string): Table {
  const names = parquet.columns.map(({ name }) => name);
  const header = readHeader(names);
  if (header.kind === "missing") throw missingHeader({ missing: header.missing, names }, path);
  if (header.kind === "twice") throw headerTwice({ ...header, names });
  const found = fields.flatMap((field) => {
    const place = header.places[field];
    return place === undefined ? [] : [{ field, place, column: parquet.columns[place]! }];
  });
  for (const { field, column } of found) {
    const fault = typeFault(field, column, settings);
    if (fault !== undefined) throw fault;
  }
  const places = fields.map((field) => found.findIndex((each) => each.field === field));
  const isInstant = found[0]!.column.type === "instant";
  const dateOf = isInstant ? openDays(settings.zone) : (text: string) => text;
  return {
    columns: header,
    valuesAreText: found.some(({ field, column }) => field === "value" && column.type === "text"),
    async read(listener) {
      for await (const rows of parquet.read(found.map(({ place }) => place))) {
        for (let at = 0; at < rows.count; at += rowsInTurn) {
          hear(rows, { places, dateOf, at, end: Math.min(rows.count, at + rowsInTurn) }, listener);
          await listener.pause();
          await turn();
        }
      }
    },
  };
}

/** Why a column of this type cannot be the field. @param says the type in the words of where it is */
export function typeFault(
  field: Field,
  { name, type, says = type }: Pick<ParquetColumn, "name" | "type"> & { says?: string },
  { convert_instants }: Pick<ImportSettings, "convert_instants">,
): FileFault | undefined {
  if (!allowedTypes[field].includes(type))
    return field === "reference_id"
      ? refIdType({ column: name, type: says })
      : columnType({ field, column: name, type: says });
  return type === "instant" && !convert_instants ? dateIsInstant({ column: name }) : undefined;
}

/** Which day an instant is. */
function openDays(zone: string): (instant: string) => string {
  const calendar = calendarOf(zone)!;
  return (instant) => (instant === "" ? "" : calendar(Date.parse(instant)));
}

/** Some 5 ms of work. */
const rowsInTurn = 1024;

interface Run {
  /** Where each field is among the cells; -1 where it has no column. */
  readonly places: readonly number[];
  readonly dateOf: (text: string) => string;
  readonly at: number;
  readonly end: number;
}

function hear(
  { group, from, cells }: ParquetRows,
  { places, dateOf, at: first, end }: Run,
  listener: TableListener,
): void {
  const [dates, evs, lists, ids, values] = places.map((each) => cells[each]);
  let at = first;
  const place: Place = {
    says: () => `row ${from + at + 1} of row group ${group + 1}`,
    where: () => ({ row_group: group + 1, row_in_group: from + at + 1 }),
  };
  for (; at < end; at++) {
    const id = ids![at]!;
    const row: Cells = [
      dateOf(textOf(dates![at]!)),
      textOf(evs![at]!),
      textOf(lists![at]!),
      id instanceof Uint8Array ? "" : textOf(id),
      values === undefined ? "" : textOf(values[at]!),
    ];
    listener.row(row, place, id instanceof Uint8Array ? notText : undefined);
  }
}

const notText: Fault = { code: "ref_id_not_text", field: "reference_id" };

/** Bytes that are no UTF-8 are no text: the NUL behind them rejects the row, as one inside it would. A list
 *  is its names with commas. */
function textOf(cell: ParquetCell | undefined): string {
  if (typeof cell === "string") return cell;
  if (cell === null || cell === undefined) return "";
  if (cell instanceof Uint8Array) return `${new TextDecoder().decode(cell)}\u0000`;
  return cell.map(textOf).join(",");
}
