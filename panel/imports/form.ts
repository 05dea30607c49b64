import { type ImportFields, usualFields, weekdays } from "../../functions/import/registered/fields.ts";
import type { GivenFields } from "../../functions/import/registered/imports.ts";

/** The form of an import. What somebody typed stays as it was typed: whether it can be is the business of
 *  the import. */
export interface ImportForm {
  readonly name: string;
  readonly fields: TypedFields;
}

/** Numbers are texts where they are none. */
export type TypedFields = { readonly [Field in Exclude<keyof ImportFields, "web_events">]: unknown };

/** @param usual what holds of what the form does not have */
export function importFormOf(
  form: URLSearchParams,
  usual: Partial<TypedFields> = { ...usualFields, zone: "" },
): ImportForm {
  // A button that says a setting stands behind the field that has it.
  const text = (name: keyof TypedFields) => form.getAll(name).at(-1)?.trim();
  const choice = (name: keyof TypedFields) => (form.has(name) ? text(name) || null : (usual[name] ?? null));
  const number = (name: keyof TypedFields) => {
    const typed = text(name);
    if (typed === undefined) return usual[name] ?? null;
    if (typed === "") return null;
    return /^\d{1,15}(\.\d+)?$/.test(typed) ? Number(typed) : typed;
  };
  // A form without any field of these is not the form.
  const isWhole = form.has("zone");
  return {
    name: (form.get("name") ?? "").trim(),
    fields: {
      zone: text("zone") ?? usual.zone,
      due: text("due") ?? usual.due,
      mode: text("mode") ?? usual.mode,
      expected: isWhole ? weekdays.filter((day) => form.getAll("expected").includes(day)) : usual.expected,
      holidays: form.has("holidays") ? wordsIn(form.get("holidays")!) : usual.holidays,
      rows_min: number("rows_min"),
      table: choice("table"),
      encoding: choice("encoding"),
      number_format: choice("number_format"),
      date_format: choice("date_format"),
      header: text("header") ?? usual.header,
      null_words: form.has("null_words") ? wordsIn(form.get("null_words")!) : usual.null_words,
      allow_damaged_ids: isWhole ? form.has("allow_damaged_ids") : usual.allow_damaged_ids,
      convert_instants: isWhole ? form.has("convert_instants") : usual.convert_instants,
      reject_rows: number("reject_rows"),
      reject_percent: number("reject_percent"),
      max_age_days: number("max_age_days"),
    },
  };
}

/** One a line, without the blanks around them. */
function wordsIn(text: string): string[] {
  return [...new Set(text.split(/\r?\n/).map((word) => word.trim()))].filter((word) => word !== "");
}

/** Once nothing is wrong with it. */
export const givenBy = ({ fields }: ImportForm): GivenFields & { zone: string } =>
  fields as GivenFields & { zone: string };
