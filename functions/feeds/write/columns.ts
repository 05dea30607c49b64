import type { SurveyedField } from "../read/survey.ts";
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
 *  @param before none where all that it held is replaced */
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
  return [...kept, ...added];
}

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
