/** Group commit: what comes while others are on their way waits, and goes together as soon as one of
 *  them ends. So groups grow with the load, and nobody waits for a timer. Who may wait, and what a group
 *  does, is the caller's. */

/** One that waits or is on its way. */
export class Place<Item> {
  readonly item: Item;
  readonly bytes: number;
  readonly deadlineMs: number;
  /** By performance.now(); Infinity where it waits as long as it takes. */
  readonly deadlineAt: number;
  /** It is on its way. */
  taken = false;
  /** Its answer is given. */
  over = false;
  readonly #end: (place: Place<Item>, failure: Failure | undefined) => void;

  constructor(
    item: Item,
    bytes: number,
    deadlineMs: number,
    end: (place: Place<Item>, failure: Failure | undefined) => void,
  ) {
    this.item = item;
    this.bytes = bytes;
    this.deadlineMs = deadlineMs;
    this.deadlineAt = performance.now() + deadlineMs;
    this.#end = end;
  }

  /** It is durable. Of all answers the first one counts. */
  done(): void {
    this.#answer(undefined);
  }
  fail(error: unknown): void {
    this.#answer({ error });
  }
  #answer(failure: Failure | undefined): void {
    if (this.over) return;
    this.over = true;
    this.#end(this, failure);
  }
}

interface Failure {
  readonly error: unknown;
}

export interface Together<Item> {
  /** @param deadlineMs past it the answer is `late`, and where it still waits it is taken out
   *  @returns its answer */
  add(item: Item, bytes: number, deadlineMs?: number): Promise<void>;
  /** The next group, in the order of their coming. Never empty while somebody waits; one
   *  that is larger goes alone. */
  take(): Place<Item>[];
  /** Those that are not over wait again, before all others. */
  again(group: readonly Place<Item>[]): void;
  /** Fails all that wait. */
  refuse(error: unknown): void;
  /** How many wait, and their bytes. */
  waiting(): number;
  waitingBytes(): number;
  /** Bytes of all that are not over, on their way or waiting. */
  pendingBytes(): number;
  /** Resolves when all is over. */
  drained(): Promise<void>;
}

export interface TogetherOptions<Item> {
  /** A group ends before it passes these. */
  readonly countMax: number;
  readonly bytesMax: number;
  /** For how many an item counts; for one where left out. */
  readonly countOf?: (item: Item) => number;
  /** Whether it may go with those that come before it. */
  readonly joins?: (item: Item, group: readonly Place<Item>[]) => boolean;
  /** What it is told past its deadline. */
  readonly late?: (deadlineMs: number) => Error;
  /** What is on its way has an outcome, and is waited for: the deadline is of the wait alone. */
  readonly waitsForOutcome?: boolean;
}

/** Deadlines are kept to this precision: one timer serves all, which would otherwise cost
 *  more than what they guard. */
const sweepMsMin = 10;

export function createTogether<Item>(options: TogetherOptions<Item>): Together<Item> {
  const { countMax, bytesMax, countOf = () => 1, joins = () => true, waitsForOutcome = false } = options;
  const { late = (deadlineMs) => new Error(`no answer after ${deadlineMs} ms`) } = options;
  let waiting: Place<Item>[] = [];
  let waitingBytes = 0;
  const pending = new Set<Place<Item>>();
  let pendingBytes = 0;
  let timer: NodeJS.Timeout | undefined;
  let sweepAt = Infinity;
  let emptied: (() => void)[] = [];

  function ended(place: Place<Item>): void {
    pending.delete(place);
    pendingBytes -= place.bytes;
    if (pending.size > 0) return;
    watch(Infinity);
    for (const done of emptied.splice(0)) done();
  }

  function watch(at: number): void {
    clearTimeout(timer);
    timer = undefined;
    sweepAt = at;
    if (at < Infinity) timer = setTimeout(sweep, Math.max(sweepMsMin, at - performance.now()));
  }

  function sweep(): void {
    const now = performance.now();
    let next = Infinity;
    let expired = false;
    for (const place of pending) {
      if (waitsForOutcome && place.taken) continue;
      if (place.deadlineAt <= now) {
        place.fail(late(place.deadlineMs));
        expired = true;
      } else next = Math.min(next, place.deadlineAt);
    }
    // What they hold must not stay in memory until a group ends.
    if (expired) line(waiting.filter((place) => !place.over));
    watch(next);
  }

  function line(entries: Place<Item>[]): void {
    waiting = entries;
    waitingBytes = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  return {
    add(item, bytes, deadlineMs = Infinity) {
      return new Promise((resolve, reject) => {
        const place = new Place(item, bytes, deadlineMs, (own, failure) => {
          ended(own);
          if (failure === undefined) resolve();
          else reject(failure.error as Error);
        });
        pending.add(place);
        pendingBytes += bytes;
        waiting.push(place);
        waitingBytes += bytes;
        if (place.deadlineAt < sweepAt) watch(place.deadlineAt);
      });
    },
    take() {
      const group: Place<Item>[] = [];
      let count = 0;
      let bytes = 0;
      let passed = 0;
      for (const place of waiting) {
        if (!place.over) {
          count += countOf(place.item);
          const isFull = count > countMax || bytes + place.bytes > bytesMax;
          if (group.length > 0 && (isFull || !joins(place.item, group))) break;
          bytes += place.bytes;
          place.taken = true;
          group.push(place);
        }
        waitingBytes -= place.bytes;
        passed++;
      }
      waiting = passed === waiting.length ? [] : waiting.slice(passed);
      return group;
    },
    again(group) {
      const live = group.filter((place) => !place.over);
      for (const place of live) place.taken = false;
      line([...live, ...waiting]);
      const first = live.reduce((earliest, { deadlineAt }) => Math.min(earliest, deadlineAt), Infinity);
      if (first < sweepAt) watch(first);
    },
    refuse(error) {
      const refused = waiting;
      line([]);
      for (const place of refused) place.fail(error);
    },
    waiting: () => waiting.length,
    waitingBytes: () => waitingBytes,
    pendingBytes: () => pendingBytes,
    drained: () => (pending.size === 0 ? Promise.resolve() : new Promise((resolve) => emptied.push(resolve))),
  };
}
