import { BoundedMap } from "../../../functions/bounded.ts";
import { tableName, type TableRef } from "../../../functions/table.ts";

/** What this process has seen of tables. */
export interface KnownTables {
  /** It was read. Created at another time than the known one, it was dropped and made
   *  again by somebody else. */
  read(table: TableRef, columns: readonly string[], createdAt: CreatedAt): void;
  /** It is not there. */
  missing(table: TableRef): void;
  /** Its columns are others now. */
  changed(table: TableRef): void;
  /** This process made it. */
  made(table: TableRef, createdAt: CreatedAt): void;
  /** It was to be made, and the name was taken: somebody else was faster, or it was there. */
  taken(table: TableRef): void;
  /** Its columns, where they were read a moment ago. */
  columns(table: TableRef): readonly string[] | undefined;
  /** How long ago this process made it; Infinity where it did not. */
  madeAgoMs(table: TableRef): number;
  /** Whether it was made again so lately that BigQuery may still address the one that was dropped. Only of
   *  tables that this process has known before: the first rows of a new table are not held up. */
  settling(table: TableRef): boolean;
}

/** Unix ms by BigQuery's clock; undefined where it is not told, e.g. by an emulator. */
export type CreatedAt = number | undefined;

/** A look at a table and at its views reads its columns once. */
const justReadMs = 5_000;
const tablesMax = 10_000;
const never = Number.NEGATIVE_INFINITY;

interface State {
  there: boolean;
  columns: readonly string[];
  readAt: number;
  /** By this process. */
  madeAt: number;
  createdAt: CreatedAt;
  settledAt: number;
}

interface Settings {
  /** Of tables that name none. */
  readonly project: string;
  /** How long BigQuery may address a table that was dropped and made again. */
  readonly settleMs: number;
  /** A clock that never goes back, in ms. */
  readonly now: () => number;
  /** Unix ms. */
  readonly today: () => number;
}

export function openKnownTables({ project, settleMs, now, today }: Settings): KnownTables {
  const states = new BoundedMap<string, State>(tablesMax);

  function state(table: TableRef): State | undefined {
    return states.get(tableName({ project, ...table }));
  }

  function note(table: TableRef, news: Partial<State>): void {
    const before = state(table) ?? {
      there: true,
      columns: [],
      readAt: never,
      madeAt: never,
      createdAt: undefined,
      settledAt: never,
    };
    states.set(tableName({ project, ...table }), { ...before, ...news });
  }

  /** Two clocks are compared: however far they are apart, nobody waits for longer than `settleMs`. */
  function settleSince(createdAt: number): Partial<State> {
    const leftMs = Math.min(createdAt + settleMs - today(), settleMs);
    return { settledAt: now() + leftMs };
  }

  const settleFromNow = () => ({ settledAt: now() + settleMs });

  return {
    read(table, columns, createdAt) {
      const known = state(table)?.createdAt;
      note(table, {
        there: true,
        columns,
        readAt: now(),
        ...(createdAt !== undefined && { createdAt }),
        ...(createdAt !== undefined && known !== undefined && createdAt !== known && settleSince(createdAt)),
      });
    },
    missing(table) {
      if (state(table)) note(table, { there: false, readAt: never });
    },
    changed: (table) => note(table, { readAt: never }),
    made(table, createdAt) {
      const again = state(table) !== undefined;
      note(table, {
        there: true,
        madeAt: now(),
        createdAt,
        ...(again && settleFromNow()),
      });
    },
    taken(table) {
      // It was gone and is there again.
      const again = state(table)?.there === false;
      note(table, { there: true, ...(again && settleFromNow()) });
    },
    columns(table) {
      const { columns, readAt = never } = state(table) ?? {};
      return now() - readAt < justReadMs ? columns : undefined;
    },
    madeAgoMs: (table) => now() - (state(table)?.madeAt ?? never),
    settling: (table) => now() < (state(table)?.settledAt ?? never),
  };
}
