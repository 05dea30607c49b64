import type { TableDescription } from "../../warehouse.ts";
import { FeedFault } from "../faults.ts";
import { fieldsMax, type SurveyedField } from "../read/survey.ts";
import { merged, type FeedType } from "../read/values.ts";

/** A field of the records and the column that holds it. */
export interface FeedColumn {
  readonly field: string;
  readonly column: string;
  readonly type: FeedType;
  /** No record has had a value yet: the column is STRING, and any type may take its place. */
  readonly unseen?: true;
}

/** The day of which a row is, in a table that holds days. */
export const dayColumn = "feed_date";

/** What BigQuery keeps for itself. Source: https://cloud.google.com/bigquery/docs/schemas#column_names */
const reserved = /^(?:_TABLE_|_FILE_|_PARTITION|_ROW_TIMESTAMP|__ROOT__|_COLIDENTIFIER|_CHANGE_)/i;
const lengthMax = 120;

/** The columns of a table that holds what it held and what comes.
 *  @param before none where all that it held is replaced
 *  @throws FeedFault where they are too many */
export function columnsOf(
  before: readonly FeedColumn[],
  fields: readonly SurveyedField[],
  isPartitioned: boolean,
): FeedColumn[] {
  const taken = new Set(before.map(({ column }) => column.toLowerCase()));
  if (isPartitioned) taken.add(dayColumn);
  const coming = new Map(fields.map((one) => [one.field, one]));
  const kept = before.map((column) => widened(column, coming.get(column.field)?.type));
  const known = new Set(before.map(({ field }) => field));
  const added = fields
    .filter(({ field }) => !known.has(field))
    .map(({ field, type }) => ({
      field,
      column: nameFor(field, taken),
      type: type ?? "STRING",
      ...(type === undefined && { unseen: true as const }),
    }));
  const count = kept.length + added.length;
  if (count > fieldsMax)
    throw new FeedFault(
      "too_many_fields",
      `With the fields of this day the table would have ${count} columns; allowed are ${fieldsMax}. Put what varies into a list or an object.`,
    );
  return [...kept, ...added];
}

/** Those of the noted columns that the table has. */
export function stillThere(
  noted: readonly FeedColumn[],
  there: TableDescription | undefined,
): readonly FeedColumn[] {
  const names = new Set(there?.columns.map(({ name }) => name.toLowerCase()));
  return noted.filter(({ column }) => names.has(column.toLowerCase()));
}

/** With the types that the table has: a fetch that was killed may have made it anew and noted nothing. */
export function asTheyStand(
  noted: readonly FeedColumn[],
  there: TableDescription | undefined,
): readonly FeedColumn[] {
  const types = new Map(there?.columns.map(({ name, type }) => [name.toLowerCase(), type]));
  return noted.map((column) => {
    const type = typesOfTables[types.get(column.column.toLowerCase()) ?? ""] ?? column.type;
    if (type === column.type) return column;
    const { unseen: _unseen, ...known } = column;
    return { ...known, type };
  });
}

/** In the words of both warehouses. */
const typesOfTables: Readonly<Record<string, FeedType>> = {
  BOOL: "BOOLEAN",
  INT64: "INTEGER",
  FLOAT64: "FLOAT",
  DOUBLE: "FLOAT",
  DATE: "DATE",
  TIMESTAMP: "TIMESTAMP",
  "TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
  JSON: "RECORD",
  STRING: "STRING",
};

function widened(column: FeedColumn, type: FeedType | undefined): FeedColumn {
  if (type === undefined) return column;
  const { unseen, ...known } = column;
  return { ...known, type: unseen === undefined ? merged(known.type, type) : type };
}

/** Letters and digits of any script and `_`, as both warehouses take them; capital letters make no other
 *  name. */
function nameFor(field: string, taken: Set<string>): string {
  let plain =
    field
      .normalize("NFC")
      .replace(/[^\p{L}\p{N}_]/gu, "_")
      .slice(0, lengthMax) || "_";
  if (/^\p{N}/u.test(plain) || reserved.test(plain)) plain = `f_${plain}`;
  let name = plain;
  for (let number = 2; taken.has(name.toLowerCase()); number += 1) name = `${plain}_${number}`;
  taken.add(name.toLowerCase());
  return name;
}

export function sameColumns(some: readonly FeedColumn[], others: readonly FeedColumn[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ column, type }, index) => column === others[index]!.column && type === others[index]!.type)
  );
}
