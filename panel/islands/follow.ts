import type { TailedHit } from "../../functions/hits/tail.ts";

/** A tail as it was followed so far. */
export interface Following {
  /** Newest first, at most `hitsMax`. */
  readonly hits: readonly TailedHit[];
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
const againMs = 3_000;

/** The browser itself comes back with the id of the last event, so that nothing is missing; where the server
 *  refused, it gives up, and we begin again. @returns ends it */
export function follow(url: string, tell: (change: (before: Following) => Following) => void): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = (): void => {
    source = new EventSource(url);
    source.addEventListener("open", () => tell((before) => ({ ...before, tries: 0, beatAt: Date.now() })));
    source.addEventListener("error", () => {
      tell((before) => ({ ...before, tries: before.tries + 1 }));
      if (source?.readyState === EventSource.CLOSED) timer = setTimeout(open, againMs);
    });
    // The first one says that the server follows: from then on nothing is missing.
    source.addEventListener("heartbeat", () =>
      tell((before) => ({ ...before, since: before.since ?? Date.now(), beatAt: Date.now() })),
    );
    source.addEventListener("left_out", ({ data }) => {
      const { hits = 1 } = JSON.parse(String(data)) as { hits?: number };
      tell((before) => ({ ...before, leftOut: before.leftOut + hits }));
    });
    source.addEventListener("hit", ({ data }) => {
      const hit = JSON.parse(String(data)) as TailedHit;
      tell((before) =>
        isThere(before, hit)
          ? before
          : {
              ...before,
              beatAt: Date.now(),
              total: before.total + 1,
              hits: [hit, ...before.hits].slice(0, hitsMax),
            },
      );
    });
  };
  open();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}

/** What was on its way when a connection broke comes again. */
function isThere({ hits }: Following, hit: TailedHit): boolean {
  return hits.some(
    (one) => one.hit_id === hit.hit_id && one.received_at === hit.received_at && one.replay === hit.replay,
  );
}
