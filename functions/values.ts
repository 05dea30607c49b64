import type { Value } from "./warehouse.ts";

/** How the values of two types of columns are written; see ColumnType. */

const numeric = /^-?\d{1,29}(\.\d{1,9})?$/;

/** Whether it is the text of a decimal that a NUMERIC keeps exactly. */
export function isNumeric(value: Value): value is string {
  return typeof value === "string" && numeric.test(value);
}

/** The texts of a list; undefined where the value is none. */
export function textsOf(value: Value): readonly string[] | undefined {
  if (typeof value !== "string") return undefined;
  try {
    const list: unknown = JSON.parse(value);
    return Array.isArray(list) && list.every((text) => typeof text === "string") ? list : undefined;
  } catch {
    // No JSON: not a list.
    return undefined;
  }
}
