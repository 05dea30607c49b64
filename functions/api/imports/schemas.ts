import { fieldSchemas, modes, weekdays } from "../../import/registered/fields.ts";
import { dateFormats, encodings, numberFormats } from "../../import/settings.ts";
import { object, type Schema, type Schemas, text, unixMs } from "../schema.ts";

const words: Schema = { type: "array", items: text };
const flag: Schema = { type: "boolean" };
const number: Schema = { type: "number" };

const importSchema = object(
  {
    name: text,
    zone: text,
    mode: { enum: modes },
    due: { ...text, description: fieldSchemas.due.description },
    expected: { type: "array", items: { enum: weekdays } },
    null_words: words,
    allow_damaged_ids: flag,
    header: { enum: ["names", "none"] },
    convert_instants: flag,
    reject_rows: number,
    reject_percent: number,
    max_age_days: number,
    added_at: unixMs,
    added_by: text,
  },
  {
    encoding: { enum: encodings },
    number_format: { enum: numberFormats },
    date_format: { enum: dateFormats },
  },
);

/** Answers about imports and their files. */
export const importSchemas: Schemas = {
  Import: importSchema,
  Imports: object(
    { imports: { type: "array", items: importSchema } },
    { next: { ...text, description: "There may be more: give it as after" } },
  ),
};
