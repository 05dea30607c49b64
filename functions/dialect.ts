import type { ParquetType } from "./parquet.ts";
import type { TableRef } from "./table.ts";

/** What the two warehouses write differently; the rest of a view or a statement is one text for
 *  both. Expressions are SQL. */
export interface Dialect {
  /** A table or view. */
  table(table: TableRef): string;
  /** A column or an alias. */
  name(name: string): string;
  /** A string. */
  text(text: string): string;
  /** Of a text that is JSON. */
  json(text: string): string;
  /** Of JSON, its text; of a text, that itself. */
  jsonText(json: string): string;
  /** The text of a string, number or boolean in JSON; NULL for anything else. @param path JSONPath */
  jsonValue(json: string, path: string): string;
  /** The list at a path as its elements, an object as a list of one; NULL for anything else. */
  jsonList(json: string, path: string): string;
  /** Whether a list's element is there and is not null. */
  isThere(json: string): string;
  /** Joins each element of a list, or one row of NULLs where there is none. */
  joinEach(list: string, element: string, index: string): string;
  /** Both in RE2's syntax; patterns are anchored. */
  matches(text: string, pattern: string): string;
  replaced(text: string, pattern: string, template: string): string;
  /** Everything of a text that matches left out; the pattern need not be anchored. */
  removed(text: string, pattern: string): string;
  /** Of a text, as a text of hex digits in lower case. */
  sha256(text: string): string;
  /** The nearest double of a number. */
  float(number: string): string;
  /** NULL where it is none. */
  integer(digits: string): string;
  /** Days since 1970-01-01 of a text YYYY-MM-DD; NULL where there is no such day. */
  days(text: string): string;
  /** Days since 1970-01-01 of a DATE. */
  dayNumber(date: string): string;
  /** The DATE of a number of days since 1970-01-01. */
  dayOf(number: string): string;
  /** Microseconds since 1970 of a TIMESTAMP, or of its text in ISO 8601; NULL where it is none. */
  micros(moment: string): string;
  /** The TIMESTAMP of a text in ISO 8601 with its offset. */
  moment(text: string): string;
  /** The clock on the wall of a zone at a moment in seconds since 1970 (years 1 to 9999). */
  wall(seconds: string, zone: string): string;
  /** What a clock shows, in seconds as if it were UTC. */
  sinceEpoch(wall: string): string;
  /** A text that all rows of a group give together in any order, and others hardly do. @param cells texts */
  fingerprint(cells: readonly string[]): string;
  /** What a column of this type holds, as it is called where Parquet is read.
   *  @param type as `describe` tells it */
  kindOf(type: string): ParquetType;
}
