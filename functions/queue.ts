import type { Hit } from "./hit.ts";

/** Where hits are safe from the moment collect answers until deliver has put them into a table.
 *  Drivers: Pub/Sub (infra/google), SQLite on disk (infra/local). */
export interface Queue {
  /** Resolves once the hit would survive a crash of everything: collect answers 2xx only after this.
   *  @param options.deadlineMs gives up after so long; the hit may still arrive, repeats are allowed
   *  @throws queue_down when the hit could not be stored in time; never resolves without storing */
  publish(hit: Hit, options: { deadlineMs: number }): Promise<void>;
  /** Resolves while `publish` would store, as far as that can be known without publishing.
   *  @throws queue_down */
  check(): Promise<void>;
  /** Waits for what was published to be stored or refused, then lets go of everything. */
  close(): Promise<void>;
}

export interface Depth {
  readonly waiting?: number;
  readonly oldest_received_at?: number;
  /** Only where more and more hits wait for 10 minutes or longer, and the queue itself can tell. */
  readonly grows_since?: number;
}

/** What a person may ask about the hits that wait. */
export interface Backlog {
  /** `waiting`: the hit is in the queue. `unknown`: this queue cannot be searched (Pub/Sub). */
  find(hitId: string): Promise<"waiting" | "absent" | "unknown">;
  /** How many hits wait, and since when the oldest does (Unix ms); undefined where it cannot be told. */
  depth(): Promise<Depth>;
}

/** What becomes of one delivery.
 *  `ack`    the hit is a row or a dead letter: it does not come again.
 *  `later` not now, for a reason of its own: a table that hangs, a dead letter that cannot
 *  be written. It comes again
 *  after a pause that grows with each attempt, and holds up no other hit meanwhile. It counts as an attempt.
 *  `nack` not taken: this place is full, or cannot keep the hit for later. It comes again,
 *  and whoever sends may slow
 *  down for everybody: Pub/Sub does, for all hits of a subscription, at each one. So it
 *  is for overload alone. */
export type Verdict = "ack" | "later" | "nack";

/** Hits are given up on after so many attempts and become dead letters: the most that Pub/Sub can count. */
export const attemptsMax = 100;

/** The far end of the queue: whoever owns the pump calls these. */
export interface Deliver {
  /** Never rejects: what fails for a while comes later. */
  deliver(hit: Hit): Promise<Verdict>;
  /** For hits whose attempts are used up: tried once more, then a dead letter with the reason `gave_up`. */
  park(hit: Hit): Promise<Verdict>;
}
