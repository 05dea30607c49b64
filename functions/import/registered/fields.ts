import { webEventFields, webEventsSchema, type KeptWebEvents } from "../links/fields.ts";
import { dateFormats, encodings, numberFormats, usualSettings, type ImportSettings } from "../settings.ts";

/** What is set on an import: how its files are read, when they are due, and what a file does to those before
 *  it. Names are those that people and programs write. */
export interface ImportFields extends Omit<ImportSettings, "limits"> {
  readonly mode: Mode;
  /** Until when the data of a day is due on the next one: HH:MM in the zone. */
  readonly due: string;
  /** Days of the week whose data is expected. */
  readonly expected: readonly Weekday[];
  /** Days, YYYY-MM-DD, whose data is not expected whatever day of the week they are. */
  readonly holidays: readonly string[];
  /** A day with fewer events is not delivered; undefined: a day may be empty. */
  readonly rows_min?: number;
  /** The table or view, or `files:` and a pattern, that is read for its events; undefined: files are sent. */
  readonly table?: string;
  /** Which web events its events are linked to, by themselves; undefined: none. */
  readonly web_events?: KeptWebEvents;
}

/** What a file that is imported does to the rows of those before it. In every mode a row that is there
 *  already is the same event.
 *  - `correct`: a file of the same name replaces the one before it
 *  - `append`: nothing is ever taken back
 *  - `replace_dates`: of the days that it holds, it replaces all other files
 *  - `snapshot`: it replaces all other files */
export const modes = ["correct", "append", "replace_dates", "snapshot"] as const;
export type Mode = (typeof modes)[number];

export const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Weekday = (typeof weekdays)[number];

/** `new` is the page on which one is added. */
export const importNamePattern = "^(?!new$)[a-z0-9][a-z0-9_-]{0,39}$";

export const nameSchema = {
  description:
    "1 to 40 small letters, digits, hyphens and underscores, the first a letter or a digit; not the word new",
  type: "string",
  pattern: importNamePattern,
} as const;

const { limits: _limits, ...usual } = usualSettings;

/** What holds where nothing is set; the zone is always said. */
export const usualFields: Omit<ImportFields, "zone"> = {
  ...usual,
  mode: "correct",
  due: "02:00",
  expected: weekdays,
  holidays: [],
};

const holidaysMax = 1_000;
export const rowsMinMax = 100_000_000;

/** The fields as a JSON Schema, each with what a refusal says is allowed. */
export const fieldSchemas = {
  zone: {
    description: "a zone such as Europe/Amsterdam, or an offset such as +01:00: which day is today",
    type: "string",
    minLength: 1,
    maxLength: 64,
    format: "offset",
  },
  mode: { description: `one of ${modes.join(", ")}`, enum: modes },
  due: {
    description: "HH:MM of the next day in the zone, such as 02:00",
    type: "string",
    pattern: "^([01]\\d|2[0-3]):[0-5]\\d$",
  },
  expected: {
    description: `the days whose data is expected, of ${weekdays.join(", ")}`,
    type: "array",
    items: { enum: weekdays },
    uniqueItems: true,
  },
  holidays: {
    description: `at most ${holidaysMax} days, YYYY-MM-DD, whose data is not expected`,
    type: "array",
    maxItems: holidaysMax,
    uniqueItems: true,
    items: { type: "string", format: "day" },
  },
  rows_min: {
    description: `a day with fewer events is not delivered, 1 to ${rowsMinMax}; null: a day may be empty`,
    type: ["integer", "null"],
    minimum: 1,
    maximum: rowsMinMax,
  },
  encoding: { description: `one of ${encodings.join(", ")}; null for none`, enum: [...encodings, null] },
  number_format: {
    description: `one of ${numberFormats.join(", ")}; null: each file proves it`,
    enum: [...numberFormats, null],
  },
  date_format: {
    description: `one of ${dateFormats.join(", ")}, beside YYYY-MM-DD; null for none`,
    enum: [...dateFormats, null],
  },
  null_words: {
    description: "at most 100 words of 1 to 64 characters that count as an empty cell",
    type: "array",
    maxItems: 100,
    uniqueItems: true,
    items: { type: "string", minLength: 1, maxLength: 64 },
  },
  allow_damaged_ids: { description: "true or false: ids such as 12234.0 are meant", type: "boolean" },
  header: { description: "names, or none: the columns are the five fields", enum: ["names", "none"] },
  convert_instants: {
    description: "true or false: instants in a column of dates become days of the zone",
    type: "boolean",
  },
  reject_rows: {
    description: "so many rows may be bad, 0 to 100000000; 0: none",
    type: "integer",
    minimum: 0,
    maximum: 100_000_000,
  },
  reject_percent: {
    description: "or so many of a hundred, 0 to 100; 0: none, 100: any",
    type: "number",
    minimum: 0,
    maximum: 100,
  },
  max_age_days: {
    description: "older dates are rejected, 1 to 100000",
    type: "integer",
    minimum: 1,
    maximum: 100_000,
  },
  table: {
    description:
      "a table or view that is read for its events, as dataset.table or project.dataset.table; on one machine also files:crm/*.csv or .parquet of the folder FILES_DIR; null: files are sent",
    type: ["string", "null"],
    maxLength: 1_000,
    pattern: webEventFields.table.pattern,
  },
  web_events: webEventsSchema,
} as const;
