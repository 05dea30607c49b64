import type { Duplex } from "node:stream";

/** The requests of one session, one after the other. What waits is bounded: the connection is not read while
 *  it is too much, and ended where a client asks on and takes no answers. */

const waitingMax = 128;
const bytesMax = 1024 * 1024;
const hopelessMax = 4_096;

export interface Line {
  /** @param bytes what holds memory until it is done */
  add(bytes: number, work: () => Promise<void>): void;
  /** Resolves once all that was added is done. */
  idle(): Promise<unknown>;
}

/** @param end called where it is hopeless */
export function createLine(socket: Pick<Duplex, "pause" | "resume">, end: () => void): Line {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let held = 0;
  let isPaused = false;
  const isTooMuch = () => waiting > waitingMax || held > bytesMax;
  return {
    add(bytes, work) {
      waiting += 1;
      held += bytes;
      if (waiting > hopelessMax) return end();
      if (isTooMuch() && !isPaused) {
        isPaused = true;
        socket.pause();
      }
      last = last
        .then(work)
        // An answer that cannot be written any more: the connection is of no use.
        .catch(() => end())
        .finally(() => {
          waiting -= 1;
          held -= bytes;
          if (isPaused && !isTooMuch()) {
            isPaused = false;
            socket.resume();
          }
        });
    },
    idle: () => last,
  };
}
