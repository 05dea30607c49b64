import { Ajv } from "ajv";
import { wrongIn } from "../../schema-error.ts";
import { addFormats } from "../../streams/formats.ts";
import { fieldSchemas, nameSchema } from "./fields.ts";

/** What somebody gave for the fields of an import, held against what they may be. */
export interface FieldFault {
  readonly field: string;
  /** What was given and what is allowed, as a sentence. */
  readonly text: string;
}

const ajv = new Ajv({ allErrors: true, verbose: true, strictTypes: false });
addFormats(ajv);
const isRight = ajv.compile({
  type: "object",
  required: ["zone"],
  // As the API takes it: null takes away what need not be set.
  properties: { name: nameSchema, ...fieldSchemas },
});

/** One a field, in the order of the fields. */
export function faultsIn(given: object): FieldFault[] {
  if (isRight(given)) return [];
  const faults = new Map<string, string>();
  for (const error of isRight.errors ?? []) {
    const { path, given: shown, allowed, isMissing } = wrongIn(error, {});
    const field = path[0] ?? "name";
    if (!faults.has(field))
      faults.set(field, isMissing ? `${field} is missing.` : `${field} is ${shown}; ${allowed}.`);
  }
  return [...faults].map(([field, text]) => ({ field, text }));
}
