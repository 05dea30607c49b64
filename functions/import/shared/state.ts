import type { Documents, Stored, Write } from "../../documents.ts";
import { isProblem } from "../../problem.ts";
import { documentsConflict } from "../../problems.ts";

/** What is known of a shared table between two looks: a document an import. */

export interface Looked {
  /** Which table it was. */
  readonly table: string;
  /** Unix ms. */
  readonly looked_at: number;
  /** The days that were there, by YYYY-MM-DD; `none`: rows whose date is none. */
  readonly seen: Readonly<Record<string, SeenDay>>;
  /** What was taken of each day, by its print. */
  readonly taken: Readonly<Record<string, string>>;
  /** Whether days changed that are not settled. */
  readonly pending: boolean;
  /** How often it was looked at since one of the times, while something changed. */
  readonly looks: number;
  /** Why it could not be read, and since when. */
  readonly trouble?: { readonly code: string; readonly detail: string; readonly at: number };
  /** Whether more is shared than the one table. */
  readonly wider?: boolean;
  /** Somebody wants it looked at now. */
  readonly asked?: boolean;
  /** Unix ms until which somebody looks, where more than one process may. */
  readonly held_until?: number;
}

export interface SeenDay {
  readonly rows: number;
  readonly print: string;
  /** Unix ms: since when it is so, at the latest. */
  readonly since: number;
}

type Ports = { readonly documents: Documents };

const placeOf = (name: string) => ({ kind: "settings", id: `shared-table-${name}` }) as const;

/** @throws documents_down */
export async function readLooked(
  { documents }: Ports,
  name: string,
): Promise<(Stored & { looked: Looked }) | undefined> {
  const stored = await documents.read(placeOf(name).kind, placeOf(name).id);
  return stored && { ...stored, looked: stored.document as Looked };
}

export function lookedWrite(name: string, looked: Looked): Write {
  return { ...placeOf(name), document: { ...looked } };
}

export const nothingSeen = (table: string): Looked => ({
  table,
  looked_at: 0,
  seen: {},
  taken: {},
  pending: false,
  looks: 0,
});

/** Nobody looks at it twice at once.
 *  @param held.until Unix ms
 *  @returns whether it may be looked at now */
export async function beginLook(
  { documents }: Ports,
  name: string,
  stored: (Stored & { looked: Looked }) | undefined,
  held: { now: number; until: number },
): Promise<boolean> {
  const before = stored?.looked ?? nothingSeen("");
  if ((before.held_until ?? 0) > held.now) return false;
  const write = lookedWrite(name, { ...before, held_until: held.until });
  try {
    await documents.commit([{ ...write, ifVersion: stored?.version ?? null }]);
    return true;
  } catch (error) {
    if (isProblem(error, documentsConflict)) return false;
    throw error;
  }
}

/** Has it looked at soon. @throws documents_down */
export async function askLook(ports: Ports, name: string): Promise<void> {
  const stored = await readLooked(ports, name);
  if (stored === undefined) return;
  const write = lookedWrite(name, { ...stored.looked, asked: true });
  try {
    await ports.documents.commit([{ ...write, ifVersion: stored.version }]);
  } catch (error) {
    // Somebody looks at it just now: what is taken must not be forgotten for this.
    if (!isProblem(error, documentsConflict)) throw error;
  }
}
