/** Why a row is not imported: a sentence and what to do, a code each. docs/imports.md lists
 *  them; a test compares them. */
export const rejectCodes = {
  columns_too_few: ["The row has fewer cells than the header.", "Write every cell, also an empty one."],
  columns_too_many: [
    "The row has more cells than the header.",
    "Put a cell that holds the delimiter in double quotes.",
  ],
  quote_malformed: [
    "After a closing quote only the delimiter or the end of the line may follow.",
    'Write a quote inside a cell twice (""); a backslash does not escape it.',
  ],
  control_char: ["The cell holds a control character, such as a tab or a line break.", "Take it out."],
  date_missing: ["The date is empty.", "Write the day as YYYY-MM-DD."],
  date_format: [
    "The date is not written as YYYY-MM-DD.",
    "Write it so, or set the date format of the import: it is never guessed.",
  ],
  date_not_real: ["The calendar has no such day.", "Correct the date."],
  date_has_time: [
    "The date has a time of day: which day it is depends on a zone.",
    "Write the day alone, YYYY-MM-DD.",
  ],
  date_in_future: [
    "The date is later than today in the import's zone.",
    "Correct the date, or the zone of the import.",
  ],
  date_too_old: [
    "The date is older than the import allows.",
    "Correct the date, or allow older ones on the import.",
  ],
  ev_missing: ["The name of the event is empty.", "Fill ev."],
  ev_too_long: ["The name of the event has more than 64 characters.", "Give it a shorter name."],
  ev_comma: ["The name of the event holds a comma.", "An event has one name; take the comma out."],
  ref_ev_missing: [
    "No web event is named.",
    "Fill reference_ev with the names of the web events that it may belong to.",
  ],
  ref_ev_too_many: ["More than 10 web events are named.", "Name the 10 that matter."],
  ref_ev_too_long: [
    "The name of a web event has more than 64 characters.",
    "Write the name that the web event has.",
  ],
  ref_ev_is_self: [
    "The event names itself as its web event.",
    "Write the name of the web event that began it.",
  ],
  ref_ev_list_syntax: [
    "The names are written as a list of a program or a database.",
    "Write them with commas alone: a,b",
  ],
  ref_id_missing: ["reference_id is empty.", "Fill it with the transaction_id of the web event."],
  ref_id_too_long: [
    "reference_id has more than 256 bytes.",
    "Write the transaction_id of the web event alone.",
  ],
  ref_id_damaged: [
    "A spreadsheet or a program made a number of the id.",
    "Export the column as text; if such ids are meant, allow them on the import.",
  ],
  ref_id_not_text: ["The bytes of reference_id are no UTF-8.", "Write the column as strings."],
  value_not_number: [
    "The value is no number in the format of the file.",
    "Write digits with one decimal mark, or leave the cell empty; list words for nothing as NULL words.",
  ],
  value_ambiguous: [
    "The value has two meanings, and nothing in the file decides between them.",
    "Set the number format of the import, or write decimals that are not three digits.",
  ],
  value_currency: ["The value holds a currency.", "Write the number alone; the currency is no part of it."],
  value_percent: ["The value is a percentage.", "Write the number alone: 0.12 or 12."],
  value_too_big: ["The value has more than 29 digits before its decimal mark.", "Correct the value."],
  value_nan: [
    "The value says that it is no number.",
    "Leave the cell empty; if NaN stands for nothing here, list it as a NULL word.",
  ],
  hit_unreadable: [
    "The hit is neither JSON, XML nor a form, or is too large to be read.",
    "Have its sender send one of these, up to 1 MiB.",
  ],
  hit_too_many_items: ["The hit holds more than 500 items.", "Have its sender send them in several."],
} as const satisfies Record<string, readonly [says: string, fix: string]>;

export type RejectCode = keyof typeof rejectCodes;

/** A fault of one cell, or of a row as a whole. */
export interface Fault {
  readonly code: RejectCode;
  /** The field; undefined where the row itself is at fault. */
  readonly field: Field | undefined;
  /** The cell as it stands, cut. */
  readonly value?: string;
  readonly hint?: string;
}

export const fields = ["date", "ev", "reference_ev", "reference_id", "value"] as const;
export type Field = (typeof fields)[number];
