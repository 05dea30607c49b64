import type { Ajv } from "ajv";
import { calendarOf } from "./calendar.ts";
import { isListPath, isValuePath } from "./records/path.ts";

/** What a JSON Schema cannot say of a stream's document, by the format's name. */
export function addFormats(ajv: Ajv): void {
  ajv.addFormat("offset", (text: string) => calendarOf(text) !== undefined);
  ajv.addFormat("path", isValuePath);
  ajv.addFormat("list-path", isListPath);
}
