import type { Documents } from "../../documents.ts";
import type { ArrivalDocument, Waiting } from "./arrivals.ts";

/** The work on one file that arrived: who does it, how often it began, and how far it came. All of that
 *  stands in the file's document, so that whoever comes after a process that was killed knows it. */
export interface Turn {
  /** Keeps what was found, for whoever goes on after a cut. @throws documents_down, documents_conflict */
  keep(reading: string): Promise<void>;
  /** The work failed, and comes again.
   *  @param counts whether it is one of the times after which the file is given up */
  giveBack(counts: boolean): Promise<void>;
}

interface TurnPorts {
  readonly documents: Documents;
  readonly now: () => number;
  /** Where more than one process may work: a file is one's own for so long, longer than any works on it. */
  readonly heldMs?: number;
}

/** @returns undefined where somebody else works on it
 *  @throws documents_conflict where somebody else begins just now */
export async function beginTurn(
  { documents, now, heldMs }: TurnPorts,
  { id, begun, version, held_until = 0, ...stored }: Waiting,
): Promise<Turn | undefined> {
  if (heldMs !== undefined && held_until > now()) return undefined;
  let document = stored.document as Record<string, unknown>;
  const put = (change: Partial<ArrivalDocument>, ifVersion?: string) => {
    document = { ...document, ...change };
    return documents.commit([
      { kind: "arrivals", id, document, ...(ifVersion !== undefined && { ifVersion }) },
    ]);
  };
  await put({ begun: begun + 1, ...(heldMs !== undefined && { held_until: now() + heldMs }) }, version);
  return {
    keep: (reading) => put({ reading }),
    async giveBack(counts) {
      const change = { ...(!counts && { begun }), ...(heldMs !== undefined && { held_until: 0 }) };
      if (Object.keys(change).length > 0) await put(change);
    },
  };
}
