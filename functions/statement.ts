import { oneSelect, queryRefused } from "./problems.ts";

/** Longest statement of a person, in characters. */
const sqlLengthMax = 100_000;

/** What no warehouse is asked, whatever it would say. @throws query_refused */
export function checkStatement(sql: string): void {
  if (sql.trim() === "") throw queryRefused({ why: "The query is empty.", advice: oneSelect });
  if (sql.length > sqlLengthMax)
    throw queryRefused({
      why: `The query has ${sql.length} characters; at most ${sqlLengthMax} are taken.`,
      advice: "Ask in parts.",
    });
  // Some end a text there: they would run half of what was asked.
  const at = sql.indexOf("\0");
  if (at !== -1)
    throw queryRefused({
      why: `The query has a NUL character at position ${at + 1}; no statement holds one.`,
      advice: "Leave it out; where a value holds one, write chr(0) or its escape.",
    });
}
