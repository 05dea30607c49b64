import { tableName, type TableRef } from "../../functions/table.ts";

/** What this process has seen of tables. */
export interface Seen {
  /** It was read. */
  read(table: TableRef, columns: readonly string[]): void;
  /** It is not there. */
  missing(table: TableRef): void;
  /** Its columns are others now. */
  changed(table: TableRef): void;
  /** It was to be made. @param free whether the name was free; otherwise somebody else was faster, or it was there */
  made(table: TableRef, free: boolean): void;
  /** Its columns, where they were read a moment ago. */
  columns(table: TableRef): readonly string[] | undefined;
  /** How long ago this process made it; Infinity where it did not. */
  madeAgoMs(table: TableRef): number;
  /** How long ago it was made again after this process had known it; Infinity where it was not. */
  madeAgainAgoMs(table: TableRef): number;
}

/** A look at a table and at its views reads its columns once. */
const justReadMs = 5_000;
const tablesMax = 10_000;
const never = Number.NEGATIVE_INFINITY;

interface State {
  there: boolean;
  columns: readonly string[];
  readAt: number;
  madeAt: number;
  madeAgainAt: number;
}

/** @param project of tables that name none
 *  @param now a clock that never goes back, in ms */
export function openSeen(project: string, now: () => number): Seen {
  const states = new Map<string, State>();

  function state(table: TableRef): State | undefined {
    return states.get(tableName({ project, ...table }));
  }

  function note(table: TableRef, news: Partial<State>): void {
    const before = state(table) ?? {
      there: true,
      columns: [],
      readAt: never,
      madeAt: never,
      madeAgainAt: never,
    };
    states.set(tableName({ project, ...table }), { ...before, ...news });
    if (states.size > tablesMax) states.delete(states.keys().next().value!);
  }

  return {
    read: (table, columns) =>
      note(table, { there: true, columns, readAt: now() }),
    missing(table) {
      if (state(table)) note(table, { there: false, readAt: never });
    },
    changed: (table) => note(table, { readAt: never }),
    made(table, free) {
      const before = state(table);
      // Also where somebody else was faster: it was gone, and is there again.
      const again = before !== undefined && (free || !before.there);
      note(table, {
        there: true,
        ...(free && { madeAt: now() }),
        ...(again && { madeAgainAt: now() }),
      });
    },
    columns(table) {
      const { columns, readAt = never } = state(table) ?? {};
      return now() - readAt < justReadMs ? columns : undefined;
    },
    madeAgoMs: (table) => now() - (state(table)?.madeAt ?? never),
    madeAgainAgoMs: (table) => now() - (state(table)?.madeAgainAt ?? never),
  };
}
