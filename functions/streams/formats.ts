import type { Ajv } from "ajv";
import { calendarOf, isDay } from "./calendar.ts";
import { isCell } from "./records/backend-events.ts";
import { isPlace } from "../senders/place.ts";
import { isListPath, isValuePath } from "./records/path.ts";

/** What a JSON Schema cannot say of a stream or an import, by the format's name. */
export function addFormats(ajv: Ajv): void {
  ajv.addFormat("offset", (text: string) => calendarOf(text) !== undefined);
  ajv.addFormat("day", isDay);
  ajv.addFormat("path", isValuePath);
  ajv.addFormat("list-path", isListPath);
  ajv.addFormat("cell", isCell);
  ajv.addFormat("place", isPlace);
  ajv.addFormat("said", (text: string) => isPlace(text.replace(/^hmac:/, "")));
}
