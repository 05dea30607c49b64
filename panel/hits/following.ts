import type { Followed } from "./matches.ts";

/** A tail as it was followed so far. */
export interface Following {
  /** Newest first, at most `hitsMax`. */
  readonly hits: readonly Followed[];
  readonly total: number;
  /** Hits that are stored, yet not shown. */
  readonly leftOut: number;
  /** Unix ms by this browser's clock: the connection, and its last sign of life. */
  readonly since: number | undefined;
  readonly beatAt: number | undefined;
  /** To connect again; 0 while it is connected. */
  readonly tries: number;
}

export const nothingYet: Following = {
  hits: [],
  total: 0,
  leftOut: 0,
  since: undefined,
  beatAt: undefined,
  tries: 0,
};

export const hitsMax = 200;

export function withHit(before: Following, hit: Followed): Following {
  // What was on its way when a connection broke comes again.
  const there = before.hits.findIndex(
    (one) => one.hit_id === hit.hit_id && one.received_at === hit.received_at && one.replay === hit.replay,
  );
  if (there !== -1)
    return hit.holds === undefined ? before : { ...before, hits: before.hits.with(there, hit) };
  const hits = [hit, ...before.hits];
  // One that nobody looks for gives way first.
  if (hits.length > hitsMax) hits.splice(firstToGo(hits, hit.sought), 1);
  return { ...before, beatAt: Date.now(), total: before.total + 1, hits };
}

function firstToGo(hits: readonly Followed[], sought: string | undefined): number {
  const last = hits.findLastIndex((one) => one.sought === sought && one.holds === false);
  return last === -1 ? hits.length - 1 : last;
}
