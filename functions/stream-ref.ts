import { createHash } from "node:crypto";
import { BoundedMap } from "./bounded.ts";

/** How many hex digits stand for a stream: two of a million streams share them once in some
 *  hundred installations. */
export const streamRefLength = 12;

/** Stands for a stream wherever people read: rows, answers, logs. The id itself is the key to write. One way:
 *  nobody gets from it to the id. `streamRefSql` of the warehouses makes the same text.
 *  @param id in either case */
export function streamRef(id: string): string {
  let ref = refs.get(id);
  if (ref === undefined) {
    ref = createHash("sha256").update(id.toLowerCase()).digest("hex").slice(0, streamRefLength);
    refs.set(id, ref);
  }
  return ref;
}

/** By id as it was asked for: every hit asks for its stream's. */
const refs = new BoundedMap<string, string>(10_000);

/** The column of tables that an earlier version made: kept, written no more, and in no answer. */
export const oldIdColumn = "stream_id";
