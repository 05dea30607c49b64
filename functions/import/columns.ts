/** Which column is which field. */
import { nearest } from "../nearest.ts";
import { headerMissing, type FileFault } from "./faults.ts";
import { trimmed } from "./fields/text.ts";
import { fields, type Field } from "./rejects.ts";

const aliases: Record<Field, readonly string[]> = {
  date: ["day", "event_date"],
  ev: ["event", "event_name"],
  reference_ev: ["reference_event", "reference_events", "ref_ev"],
  reference_id: ["ref_id", "transaction_id"],
  value: ["amount", "revenue"],
};
const required = fields.filter((field) => field !== "value");

/** Where each field's column is, from 0. */
export interface Columns {
  /** Without `value`: the file has no values. */
  readonly places: Readonly<Partial<Record<Field, number>>>;
  readonly ignored: readonly string[];
  /** All of them, as the file has them; none where it has no header. */
  readonly names: readonly string[];
}

/** A header that names the fields, and what is wrong with one that does not. */
export type Header =
  | ({ readonly kind: "columns" } & Columns)
  | { readonly kind: "missing"; readonly missing: readonly Field[] }
  | { readonly kind: "twice"; readonly field: Field; readonly columns: readonly string[] };

/** As names are compared: ` Reference-ID ` is reference_id. */
function normalised(name: string): string {
  return trimmed(name)
    .toLowerCase()
    .replaceAll(/[\s\u00a0-]+/g, "_");
}

/** @param names as the file has them */
export function readHeader(names: readonly string[]): Header {
  const places: Partial<Record<Field, number>> = {};
  const taken = new Set<number>();
  const plain = names.map(normalised);
  let twice: Header | undefined;
  for (const field of fields) {
    // The exact name beats an alias, which is one more column then.
    const exact = found(plain, [field]);
    const those = exact.length > 0 ? exact : found(plain, aliases[field]);
    if (those.length > 1)
      twice ??= { kind: "twice", field, columns: those.map((place) => trimmed(names[place]!)) };
    if (those.length > 0) places[field] = those[0]!;
    for (const place of those) taken.add(place);
  }
  const missing = required.filter((field) => places[field] === undefined);
  if (missing.length > 0) return { kind: "missing", missing };
  if (twice !== undefined) return twice;
  const ignored = names.flatMap((name, place) =>
    taken.has(place) || trimmed(name) === "" ? [] : [trimmed(name)],
  );
  return { kind: "columns", places, ignored, names };
}

/** Which field a column of this name is, where no other one is taken for it. */
export function fieldNamed(name: string): Field | undefined {
  const plain = normalised(name);
  return fields.find((field) => field === plain || aliases[field].includes(plain));
}

function found(names: readonly string[], wanted: readonly string[]): number[] {
  return names.flatMap((name, place) => (wanted.includes(name) ? [place] : []));
}

/** Of a header that is none, which may be a whole file. */
const namesMax = 300;

/** @param line of the header, where it has one
 *  @param path the file's name: a folder may say what is missing */
export function missingHeader(
  { missing, names, line }: { missing: readonly Field[]; names: readonly string[]; line?: number },
  path: string,
): FileFault {
  const shown = names.slice(0, 20).map((name) => `"${trimmed(name).slice(0, 60)}"`);
  const near = missing.flatMap((field) => {
    const meant = names.find(
      (name) =>
        fieldNamed(name) === undefined && nearest(normalised(name), [field, ...aliases[field]]) !== undefined,
    );
    return meant === undefined ? [] : [` "${trimmed(meant).slice(0, 60)}" looks like ${field}.`];
  });
  const folder = /(?:^|\/)date=/.test(path)
    ? " The day is in the name of the folder alone: write it into a column as well."
    : "";
  const row = /^\s*\d{4}-\d\d-\d\d/.test(names[0] ?? "")
    ? " It looks like a row: write a header above it, or set the import to have none."
    : "";
  return headerMissing({
    what:
      `The columns ${missing.join(", ")} are missing; there are ${shown.length === 0 ? "none" : shown.join(", ")}.` +
      near.join("") +
      row +
      folder,
    names: names.slice(0, namesMax),
    ...(line !== undefined && { line }),
  });
}
