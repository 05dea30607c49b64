import { overloaded } from "./problems.ts";

/** A line before a few places. Nobody may take all places, nor all of the line: each who comes is named by
 *  keys (a stream, an address), and each key has its own limits. */
export interface Line {
  /** Resolves when there is a place. @returns what gives the place back
   *  @throws overloaded when the line is full, the wait too long, or one of `leave` aborts meanwhile */
  enter(keys: readonly Key[], leave: readonly AbortSignal[]): Promise<() => void>;
}

export interface Key {
  readonly name: string;
  /** Places that all who bear it may have at once. */
  readonly placesMax: number;
}

export interface LineLimits {
  readonly placesMax: number;
  readonly waitingMax: number;
  /** Of those who wait, so many may bear the same key. */
  readonly waitingPerKeyMax: number;
  readonly waitMsMax: number;
}

interface Waiting {
  readonly keys: readonly Key[];
  go(): void;
}

export function createLine({ placesMax, waitingMax, waitingPerKeyMax, waitMsMax }: LineLimits): Line {
  const waiting = new Set<Waiting>();
  const inPlace = new Map<string, number>();
  const inLine = new Map<string, number>();
  let places = 0;

  function enter(keys: readonly Key[], leave: readonly AbortSignal[]): Promise<() => void> {
    if (fits(keys)) return Promise.resolve(take(keys));
    const crowded = keys.some(({ name }) => (inLine.get(name) ?? 0) >= waitingPerKeyMax);
    if (crowded || waiting.size >= waitingMax) return Promise.reject(overloaded());
    return wait(keys, leave);
  }

  function wait(keys: readonly Key[], leave: readonly AbortSignal[]): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        for (const signal of leave) signal.removeEventListener("abort", giveUp);
        waiting.delete(entry);
        for (const { name } of keys) add(inLine, name, -1);
      };
      const giveUp = () => {
        end();
        reject(overloaded());
      };
      const entry: Waiting = {
        keys,
        go: () => {
          end();
          resolve(take(keys));
        },
      };
      const timer = setTimeout(giveUp, waitMsMax);
      waiting.add(entry);
      for (const { name } of keys) add(inLine, name, 1);
      for (const signal of leave) {
        signal.addEventListener("abort", giveUp, { once: true });
        if (signal.aborted) return giveUp();
      }
    });
  }

  function fits(keys: readonly Key[]): boolean {
    return places < placesMax && keys.every(({ name, placesMax: most }) => (inPlace.get(name) ?? 0) < most);
  }

  function take(keys: readonly Key[]): () => void {
    places++;
    for (const { name } of keys) add(inPlace, name, 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      places--;
      for (const { name } of keys) add(inPlace, name, -1);
      next();
    };
  }

  /** The first one who may: those before it wait for places of their own key. */
  function next(): void {
    for (const entry of waiting) {
      if (places >= placesMax) return;
      if (fits(entry.keys)) entry.go();
    }
  }

  return { enter };
}

function add(counts: Map<string, number>, name: string, by: number): void {
  const count = (counts.get(name) ?? 0) + by;
  if (count === 0) counts.delete(name);
  else counts.set(name, count);
}
