import { notHere } from "../../functions/problems.ts";
import type { Tail } from "../../functions/hits/tail.ts";

/** Hits pass through many instances of collect, none of which knows who watches, and a query every second would cost more
 *  than the hits. The newest rows are a command away. */
export function openTail(): Tail {
  return {
    stored: () => undefined,
    follow: () => {
      throw notHere({
        what: "Following the hits of a stream",
        instead: "read its newest rows (afterclick rows TABLE), or look for one hit (afterclick hit HIT_ID)",
      });
    },
    close: () => undefined,
  };
}
