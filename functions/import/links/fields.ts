import { tablePattern } from "../../table.ts";
import { presets, timeUnits, type Preset } from "./presets.ts";
import { linkChoices, linkOrders, type LinkSettings } from "./settings.ts";

/** Which web events the events of an import are linked to, and how, as somebody writes it: an import keeps
 *  it, or it is said each time. */

/** A table of web events. A cell is a column (`ev`, of a record `ecommerce.transaction_id`), a value within a
 *  column of JSON (`fields:$.order.id`), or the same text for all rows (`=lead`). */
export interface AskedWebEvents {
  readonly preset?: Preset;
  readonly table: string;
  /** The table's name where left out. */
  readonly source?: string;
  readonly ev?: string;
  readonly transaction_id?: string;
  readonly time?: string;
  readonly time_unit?: (typeof timeUnits)[number];
  readonly web_event_id?: readonly string[];
  readonly day?: string;
  readonly zone?: string;
}

/** What an import keeps of it. */
export type KeptWebEvents = AskedWebEvents & Partial<Omit<LinkSettings, "zone">>;

const name = "[A-Za-z_][A-Za-z0-9_]{0,299}";
const cellPattern = `^(${name}([.]${name}){0,5}|${name}:[$][^'\\\\\\u0000-\\u001f]{0,300}|=[^\\u0000-\\u001f]{1,64})$`;
export const sourcePattern = "^[A-Za-z0-9_.:-]{1,300}$";

/** Before a pattern of files in the place of a table. */
export const filesMark = "files:";
const part = "(?![.]{1,2}/)[^/\\\\\\u0000-\\u001f]{1,255}";
const filesPattern = `^${filesMark}(${part}/){0,10}[^/\\\\\\u0000-\\u001f]{1,255}[.](csv|csv[.]gz|parquet)$`;

const cell = (description: string) => ({ description, type: "string", pattern: cellPattern });
const days = (description: string) => ({
  description: `${description}, 0 to 10000`,
  type: "integer",
  minimum: 0,
  maximum: 10_000,
});

/** As a JSON Schema, each with what a refusal says is allowed. */
export const webEventFields = {
  preset: {
    description: `one of ${Object.keys(presets).join(", ")}: the columns are known`,
    enum: Object.keys(presets),
  },
  table: {
    description:
      "a table or view, as dataset.table; on one machine also files:leads/*.csv or .parquet of the folder FILES_DIR",
    type: "string",
    maxLength: 1_000,
    pattern: `(${tablePattern})|(${filesPattern})`,
  },
  source: {
    description: "what these web events are called, 1 to 300 letters, digits and _ . : -",
    type: "string",
    pattern: sourcePattern,
  },
  ev: cell("a column, or fields:$.path of a column of JSON, or =text for all rows: the name of the event"),
  transaction_id: cell("a column, or fields:$.path of a column of JSON: the id that reference_id equals"),
  time: cell("a column, or fields:$.path of a column of JSON: when it happened"),
  time_unit: {
    description: `one of ${timeUnits.join(", ")}; since 1970 where it is a number`,
    enum: timeUnits,
  },
  web_event_id: {
    description: "1 to 10 columns that together name the row",
    type: "array",
    minItems: 1,
    maxItems: 10,
    items: cell("a column"),
  },
  day: {
    description: "a column of type DATE by which the table is partitioned",
    type: "string",
    pattern: `^${name}$`,
  },
  zone: {
    description: "whose days the web events have: a zone or an offset; UTC where left out",
    type: "string",
    minLength: 1,
    maxLength: 64,
    format: "offset",
  },
  order: {
    description: "given: names are tried in their order; any: all names are equal",
    enum: linkOrders,
  },
  choice: {
    description: "latest or first, of several web events before the end of the date",
    enum: linkChoices,
  },
  look_back_days: days("so many days before the date a web event may be"),
  after_days: days("so many days after the date, where there is none before; 0: never"),
  window_days: days("so many days an event waits for its web event"),
} as const;

/** The whole of it. */
export const webEventsSchema = {
  description: "the table of web events and what its columns are, as docs/imports.md says; null for none",
  type: ["object", "null"],
  required: ["table"],
  properties: webEventFields,
  additionalProperties: false,
} as const;
