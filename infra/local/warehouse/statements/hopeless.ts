import { Problem } from "../../../../functions/problem.ts";
import { messageOf } from "../sql.ts";

/** What ends an instance of DuckDB, and what only a statement is at fault for, told by DuckDB's own words.
 *  An error says first of which kind it is, and no statement and no row can change that; what follows holds
 *  their words ("Binder Error: Referenced column "FATAL" …"), and so do our own sentences, which are made
 *  from it. */

// A commit puts its own kind before the words of what it failed with.
const fatal = /^(?:TransactionContext Error: Failed to commit: )?FATAL Error: /;
const outOfMemory =
  /^(?:TransactionContext Error: Failed to commit: )?(?:Out of Memory Error: |could not allocate block|failed to (?:pin|allocate)|std::bad_alloc)/i;
const diskFailed =
  /^(?:IO Error: |TransactionContext Error: Failed to commit: (?:IO Error: |Could not |No space left))/;
const refused =
  /^(?:Parser|Syntax|Binder|Conversion|Invalid Input|Out of Range|Constraint|Mismatch Type|Invalid Type|Not implemented|Catalog) Error: /;
/** A table that is not there may be made. */
const missing = /^Catalog Error: (?:Table|View|Schema) with name /;

/** Whether the statement, or a row that it reads, is at fault: it fails again, and nothing else does. */
export function isRefused(error: unknown): boolean {
  const message = messageOf(error);
  return refused.test(message) && !missing.test(message);
}

/** Whether DuckDB has given the whole instance up, in an error or in what led to it. */
export function isFatal(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  if (!(error instanceof Problem) && fatal.test(messageOf(error))) return true;
  return isFatal((error as { cause?: unknown }).cause);
}

/** Whether memory ran out: hot ends of many tables stay in memory until a checkpoint. */
export function isOutOfMemory(error: unknown): boolean {
  return outOfMemory.test(messageOf(error));
}

/** Whether what an instance holds in memory may not be what it committed. A commit that failed half-way
 *  leaves one that was seen to mistake its own rows afterwards ("Corrupted in-memory column"). */
export function isHopeless(error: unknown): boolean {
  return isFatal(error) || isOutOfMemory(error) || diskFailed.test(messageOf(error));
}
