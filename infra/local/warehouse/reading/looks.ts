import { Problem } from "../../../../functions/problem.ts";
import { warehouseDown } from "../../../../functions/problems.ts";
import type { TableRef } from "../../../../functions/table.ts";
import type { TableDescription } from "../../../../functions/warehouse.ts";
import { oneLine } from "../sql.ts";

/** Looks at tables. Those that are asked for in one turn go as one message: a list asks for the tables of all
 *  its streams, and a message costs more than a hundred looks. */

/** What a look found, or failed with, as it travels between processes. */
export type Looked =
  | { readonly found: TableDescription | undefined }
  | { readonly failure: { readonly code: string; readonly facts: unknown; readonly message: string } };

/** In the warehouse's process. */
export function looked(look: () => TableDescription | undefined): Looked {
  try {
    return { found: look() };
  } catch (error) {
    const problem = error instanceof Problem ? error : warehouseDown({ why: oneLine(error) }, error);
    return { failure: { code: problem.code, facts: problem.facts, message: problem.message } };
  }
}

interface Place {
  readonly table: TableRef;
  found(looked: Looked): void;
  failed(error: unknown): void;
}

/** @param ask answers for each table, in their order */
export function lookTogether(
  ask: (tables: readonly TableRef[]) => Promise<readonly Looked[]>,
): (table: TableRef) => Promise<Looked> {
  let waiting: Place[] = [];

  async function send(): Promise<void> {
    const places = waiting;
    waiting = [];
    try {
      const answers = await ask(places.map(({ table }) => table));
      for (const [index, place] of places.entries()) place.found(answers[index]!);
    } catch (error) {
      for (const place of places) place.failed(error);
    }
  }

  return (table) =>
    new Promise((found, failed) => {
      // Once what runs now has asked for all it wants.
      if (waiting.push({ table, found, failed }) === 1) process.nextTick(() => void send());
    });
}
