import type { ComponentChildren } from "preact";
import { modes, weekdays, type Mode, type Weekday } from "../../../functions/import/registered/fields.ts";
import { dateFormats, encodings, numberFormats } from "../../../functions/import/settings.ts";
import type { FieldFault } from "../../../functions/import/registered/given.ts";
import type { ImportForm, TypedFields } from "../../imports/form.ts";
import { Check } from "../../parts/notes.tsx";
import { Zones } from "../zones.tsx";

/** The fields of an import: when its files are due, and how they are read. */

interface Props {
  readonly form: ImportForm;
  readonly faults: readonly FieldFault[];
}

export function WhenFields({ form, faults, now }: Props & { now: number }) {
  const { fields } = form;
  return (
    <>
      <Field name="zone" label="Time zone" faults={faults} hint="Which day is today, and when a day is over.">
        {(marks) => (
          <select id="zone" name="zone" {...marks}>
            <Zones chosen={String(fields.zone ?? "")} now={now} />
          </select>
        )}
      </Field>
      <Field
        name="due"
        label="Due"
        faults={faults}
        hint="The data of a day is due until then on the next one, in the zone."
      >
        {(marks) => {
          const all = { id: "due", name: "due", value: text(fields.due), required: true, ...marks };
          // What is no time is shown as it was typed.
          return isTime(all.value) ? <input type="time" {...all} /> : <input type="text" {...all} />;
        }}
      </Field>
      <fieldset class="field">
        <legend>Days whose data is expected</legend>
        <div class="row">
          {weekdays.map((day) => (
            <label key={day} class="tick">
              <input
                type="checkbox"
                name="expected"
                value={day}
                checked={Array.isArray(fields.expected) && fields.expected.includes(day)}
              />
              {dayNames[day]}
            </label>
          ))}
        </div>
        <Faults of="expected" faults={faults} />
      </fieldset>
      <Field name="holidays" label="Other days without data" faults={faults} hint="One a line, YYYY-MM-DD.">
        {(marks) => (
          <textarea id="holidays" name="holidays" class="mono" rows={2} spellcheck={false} {...marks}>
            {linesOf(fields.holidays)}
          </textarea>
        )}
      </Field>
      <Limit form={form} faults={faults} name="rows_min" label="So many rows a day has at least" />
    </>
  );
}

/** Where its events come from, if not from files. */
export function TableField({ form, faults }: Props) {
  return (
    <Field
      name="table"
      label="Table that is read"
      faults={faults}
      hint="Empty: files are sent. A table or view as project.dataset.table; on one machine dataset.table, or files:crm/*.csv of the folder FILES_DIR. What has to be granted is shown under Connection."
    >
      {(marks) => (
        <input
          type="text"
          id="table"
          name="table"
          class="mono"
          value={text(form.fields.table)}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="none"
          maxLength={1000}
          {...marks}
        />
      )}
    </Field>
  );
}

const dayNames: Record<Weekday, string> = {
  mon: "Mon",
  tue: "Tue",
  wed: "Wed",
  thu: "Thu",
  fri: "Fri",
  sat: "Sat",
  sun: "Sun",
};

const modeWords: Record<Mode, string> = {
  correct: "A file replaces the one of the same name",
  append: "A file replaces nothing",
  replace_dates: "A file replaces all others, for the days that it holds",
  snapshot: "A file replaces all others: what it does not hold is not there any more",
};

/** How files are read: each is never guessed where it could be two. */
export function ReadingFields(props: Props & { isOpen: boolean }) {
  const { form, faults, isOpen } = props;
  const { fields } = form;
  return (
    <details open={isOpen || faults.some(({ field }) => !outside.includes(field))} id="reading">
      <summary>How files are read</summary>
      <div class="form">
        <Choice
          {...props}
          name="encoding"
          label="Encoding"
          none="UTF-8, or what a byte order mark says"
          of={encodings}
        />
        <Choice
          {...props}
          name="number_format"
          label="Numbers"
          none="Each file proves its own"
          of={numberFormats}
          words={{ dot: "Dot: 1,250.50", comma: "Comma: 1.250,50" }}
        />
        <Choice {...props} name="date_format" label="Dates" none="YYYY-MM-DD alone" of={dateFormats} />
        <Choice
          {...props}
          name="header"
          label="Header"
          of={["names", "none"]}
          words={{ names: "The first row names the columns", none: "None: the five fields in their order" }}
        />
        <Choice {...props} name="mode" label="What a file does to others" of={modes} words={modeWords} />
        <Field
          name="null_words"
          label="Words for nothing"
          faults={faults}
          hint="One a line, such as NULL: a cell that holds just that counts as empty."
        >
          {(marks) => (
            <textarea id="null_words" name="null_words" class="mono" rows={3} spellcheck={false} {...marks}>
              {linesOf(fields.null_words)}
            </textarea>
          )}
        </Field>
        <fieldset class="field">
          <legend>Ids and instants</legend>
          <Tick name="allow_damaged_ids" isOn={fields.allow_damaged_ids === true}>
            Ids such as 12234.0 are meant
          </Tick>
          <Tick name="convert_instants" isOn={fields.convert_instants === true}>
            Instants in a column of dates become days of the zone
          </Tick>
        </fieldset>
        <Limit {...props} name="reject_rows" label="So many rows may be bad" />
        <Limit {...props} name="reject_percent" label="Or so many of a hundred" />
        <Limit {...props} name="max_age_days" label="Days that a date may lie back" />
      </div>
    </details>
  );
}

/** These are not about how files are read. */
const outside = ["name", "zone", "due", "expected", "holidays", "rows_min", "table"];

function Tick({ name, isOn, children }: { name: string; isOn: boolean; children: ComponentChildren }) {
  return (
    <label class="tick">
      <input type="checkbox" name={name} value="1" checked={isOn} />
      {children}
    </label>
  );
}

function Choice({
  form,
  faults,
  name,
  label,
  none,
  of,
  words = {},
}: Props & {
  name: keyof TypedFields;
  label: string;
  /** What holds where nothing is chosen; undefined: something always is. */
  none?: string;
  of: readonly string[];
  words?: Readonly<Record<string, string>>;
}) {
  const chosen = text(form.fields[name]);
  return (
    <Field name={name} label={label} faults={faults}>
      {(marks) => (
        <select id={name} name={name} {...marks}>
          {none !== undefined && <option value="">{none}</option>}
          {chosen !== "" && !of.includes(chosen) && (
            <option value={chosen} selected>
              {chosen}
            </option>
          )}
          {of.map((value) => (
            <option key={value} value={value} selected={value === chosen}>
              {words[value] ?? value}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

function Limit({ form, faults, name, label }: Props & { name: keyof TypedFields; label: string }) {
  return (
    <Field name={name} label={label} faults={faults}>
      {(marks) => (
        <input
          type="text"
          inputmode="decimal"
          id={name}
          name={name}
          autocomplete="off"
          maxLength={20}
          value={text(form.fields[name])}
          {...marks}
        />
      )}
    </Field>
  );
}

const isTime = (typed: string): boolean => /^([01]\d|2[0-3]):[0-5]\d$/.test(typed);
const linesOf = (words: unknown): string => (Array.isArray(words) ? words.join("\n") : "");
const text = (value: unknown): string => (value === null || value === undefined ? "" : String(value));

interface Marks {
  readonly "aria-invalid"?: "true";
  readonly "aria-describedby"?: string;
}

/** A label, a hint, the input and what is wrong with it. */
export function Field(props: {
  name: string;
  label: string;
  hint?: string;
  faults: readonly FieldFault[];
  children: (marks: Marks) => ComponentChildren;
}) {
  const { name, label, hint, faults, children } = props;
  const isWrong = faults.some(({ field }) => field === name);
  const described = [hint !== undefined && `${name}-hint`, isWrong && `${name}-check`].filter(Boolean);
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {hint !== undefined && (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
      {children({
        ...(isWrong && { "aria-invalid": "true" as const }),
        ...(described.length > 0 && { "aria-describedby": described.join(" ") }),
      })}
      <Faults of={name} faults={faults} />
    </div>
  );
}

function Faults({ of, faults }: { of: string; faults: readonly FieldFault[] }) {
  const own = faults.filter(({ field }) => field === of);
  if (own.length === 0) return null;
  return (
    <div id={`${of}-check`}>
      {own.map((fault) => (
        <Check key={fault.text} tone="bad">
          {fault.text}
        </Check>
      ))}
    </div>
  );
}
