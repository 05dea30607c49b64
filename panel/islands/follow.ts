import { useEffect, useRef, useState } from "preact/hooks";
import type { TailedHit } from "../../functions/hits/tail.ts";
import { type Following, nothingYet, withHit } from "../hits/following.ts";
import type { Followed } from "../hits/matches.ts";

const againMs = 3_000;
/** Of watching, then somebody has to say that they are still there. */
const watchMs = 15 * 60_000;
/** Until the server is asked for what somebody types. */
const typingMs = 500;

/** The hits of a stream as they arrive, looked through for a text. `again` begins anew once it is over. */
export function useFollowing(id: string, sought: string) {
  const [seen, setSeen] = useState<Following>(nothingYet);
  const [isOver, setOver] = useState(false);
  const [now, setNow] = useState(0);
  // Of this window, for a server that keeps what comes while the connection is broken.
  const viewer = useRef("");
  const following = useRef<ReturnType<typeof follow> | undefined>(undefined);
  const asked = useRef("");
  useEffect(() => {
    viewer.current ||= Math.random().toString(36).slice(2);
    if (isOver) return undefined;
    const began = Date.now();
    setNow(began);
    asked.current = sought;
    following.current = follow(`/streams/${id}/tail?viewer=${viewer.current}`, sought, setSeen);
    const clock = setInterval(() => {
      setNow(Date.now());
      if (Date.now() - began > watchMs) setOver(true);
    }, 1_000);
    return () => {
      following.current?.end();
      clearInterval(clock);
    };
  }, [isOver]);
  useEffect(() => {
    if (isOver || sought === asked.current) return undefined;
    const typed = setTimeout(() => {
      asked.current = sought;
      following.current?.look(sought);
    }, typingMs);
    return () => clearTimeout(typed);
  }, [isOver, sought]);
  const again = () => {
    setSeen(nothingYet);
    setOver(false);
  };
  return { seen, now, isOver, again };
}

/** The browser itself comes back with the id of the last event, so that nothing is missing; where the server
 *  refused, it gives up, and we begin again. */
function follow(
  url: string,
  first: string,
  tell: (change: (before: Following) => Following) => void,
): { look(filter: string): void; end(): void } {
  let lastId = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** The newest connection, and the newest that the server follows by. */
  let source: EventSource | undefined;
  let live: EventSource | undefined;
  const open = (filter: string): void => {
    const opened = new EventSource(`${url}&${new URLSearchParams({ filter, after: lastId })}`);
    source = opened;
    opened.addEventListener("open", () => tell((before) => ({ ...before, tries: 0, beatAt: Date.now() })));
    opened.addEventListener("error", () => {
      if (opened !== source) return;
      tell((before) => ({ ...before, tries: before.tries + 1 }));
      if (opened.readyState === EventSource.CLOSED) timer = setTimeout(open, againMs, filter);
    });
    // The first one says that the server follows: from then on nothing is missing.
    opened.addEventListener("heartbeat", () => {
      if (live !== opened) live?.close();
      live = opened;
      tell((before) => ({ ...before, since: before.since ?? Date.now(), beatAt: Date.now() }));
    });
    opened.addEventListener("left_out", ({ data }) => {
      const { hits = 1 } = JSON.parse(String(data)) as { hits?: number };
      tell((before) => ({ ...before, leftOut: before.leftOut + hits }));
    });
    opened.addEventListener("hit", ({ data, lastEventId }) => {
      lastId = lastEventId;
      const hit: Followed = { ...(JSON.parse(String(data)) as TailedHit), sought: filter };
      tell((before) => withHit(before, hit));
    });
  };
  open(first);
  return {
    look(filter) {
      clearTimeout(timer);
      // The one that is followed by stays until the next one is.
      if (source !== live) source?.close();
      open(filter);
    },
    end() {
      clearTimeout(timer);
      source?.close();
      live?.close();
    },
  };
}
