import { fieldSchemas, modes, weekdays } from "../../import/registered/fields.ts";
import { dateFormats, encodings, numberFormats } from "../../import/settings.ts";
import { dayStates } from "../../import/days/judge.ts";
import { fileStates } from "../../import/load/files.ts";
import { count, day, object, type Schema, type Schemas, text, unixMs } from "../schema.ts";

const words: Schema = { type: "array", items: text };
const flag: Schema = { type: "boolean" };
const number: Schema = { type: "number" };

const lateBy: Schema = { ...count, description: "Milliseconds past due_at" };

const importSchema = object(
  {
    name: text,
    zone: text,
    mode: { enum: modes },
    due: { ...text, description: fieldSchemas.due.description },
    expected: { type: "array", items: { enum: weekdays } },
    holidays: { type: "array", items: day },
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
    table: { ...text, description: "The table that is read for its events" },
    rows_min: { ...count, description: "A day with fewer events is not delivered" },
    web_events: { type: "object", description: "The web events that its events are linked to by themselves" },
    next_deadline: {
      ...object({ date: day, due_at: unixMs }),
      description: "Whose data is due next, and when; nothing where none is expected",
    },
  },
);

const daySchema = object(
  {
    date: day,
    due_at: { ...unixMs, description: "When its data is due, in Unix milliseconds" },
    state: { enum: dayStates },
    rows: { ...count, description: "Events of the day that are there" },
  },
  {
    first_arrival: { ...unixMs, description: "When its data came, in Unix milliseconds" },
    late_by: lateBy,
    file_id: { ...text, description: "The file by which it came, or that failed" },
  },
);

const fileSchema = object(
  {
    file_id: text,
    name: text,
    state: { enum: ["checking", ...fileStates] },
    bytes: count,
    sha256: text,
    arrived_at: unixMs,
    may_be_imported_anyway: flag,
  },
  {
    source: { ...text, description: "How it came: upload, sftp, bucket, folder or table" },
    version: { ...count, description: "1 for the first file of this name, then 2" },
    finished_at: unixMs,
    code: { ...text, description: "Why it failed or waits; docs/imports.md lists them" },
    reason: { ...text, description: "The same as a sentence, which may show what is in the file" },
    line: { ...count, description: "The physical line that is to blame" },
    kind: { enum: ["csv", "parquet"] },
    container: { enum: ["gzip", "zip"], description: "What is around it" },
    encoding: { ...text, description: "Of its text" },
    delimiter: { ...text, description: "Between its cells" },
    number_format: { ...text, description: "dot, comma, none, undecided or mixed" },
    rows: count,
    imported: { ...count, description: "Rows that were accepted" },
    rejected: { ...count, description: "Rows that were not" },
    new_events: { ...count, description: "Events that were not there before" },
    removed_events: { ...count, description: "Events that are not there any more since" },
    codes: { type: "object", description: "How many rows have each reject code" },
    first_day: day,
    last_day: day,
    dates: { type: "object", description: "How many of its events each day has" },
    hints: { ...words, description: "What a person should look at" },
    superseded_by: { ...text, description: "The file that took its place" },
    removed_by: { ...text, description: "Who had its rows taken away" },
    removed_at: unixMs,
    late_days: {
      type: "array",
      items: object({ date: day, late_by: lateBy }),
      description: "Days whose data came by it, and too late; only where one file is asked for",
    },
  },
);

const uploadSchema = object(
  {
    upload_id: text,
    file: text,
    bytes: count,
    received: { ...count, description: "How many of them are here" },
  },
  { file_id: { ...text, description: "Once all of them are: the file" } },
);

const fingerprint = { ...text, description: "SHA256:…, as ssh-keygen -l shows it" };
const boxFields = {
  user: { ...text, description: "By which the sender signs in" },
  keys: {
    type: "array",
    items: object({ type: text, fingerprint, comment: text, added_at: unixMs, added_by: text }),
  },
  addresses: { ...words, description: "From where senders may come; everywhere where there are none" },
  waiting: { ...count, description: "Files that wait until they are taken" },
  opened_at: unixMs,
  opened_by: text,
};
const boxOptional = {
  import: { ...text, description: "Of which it is; none yet where left out" },
  refused: {
    ...object({ address: text, at: unixMs }),
    description: "Who came last from another address, with a password or a key of the box",
  },
  older_password_until: { ...unixMs, description: "Until when the password before the newest is taken too" },
};
const place = {
  host: text,
  fingerprints: {
    type: "array",
    description: "Of the keys by which senders know the server",
    items: object({ type: text, fingerprint }),
  },
};
const port = { ...count, description: "Left out while no drop box is open" };

/** Answers about imports and their files. */
export const importSchemas: Schemas = {
  DropBox: object(boxFields, boxOptional),
  DropBoxNamed: object({ user: text }),
  DropBoxes: object({ ...place, boxes: { type: "array", items: object(boxFields, boxOptional) } }, { port }),
  NewDropBox: object(
    { ...place, ...boxFields, password: { ...text, description: "Shown this once" } },
    { port, ...boxOptional },
  ),
  Import: importSchema,
  ImportDays: object({ days: { type: "array", items: daySchema } }),
  ImportFile: fileSchema,
  ImportFiles: object(
    { files: { type: "array", items: fileSchema } },
    { next: { ...text, description: "There may be more: give it as after" } },
  ),
  Upload: uploadSchema,
  UploadNamed: object({ upload_id: text }),
  Uploads: object({ uploads: { type: "array", items: uploadSchema } }),
  Imports: object(
    { imports: { type: "array", items: importSchema } },
    { next: { ...text, description: "There may be more: give it as after" } },
  ),
};
