import { BoundedMap, BoundedSet } from "../bounded.ts";
import { asProblem } from "../problem.ts";
import { lookupsLimited } from "../problems.ts";
import { elapsedMs, type Elapsed } from "../elapsed.ts";
import type { Log } from "../log.ts";
import type { Registry } from "../registry.ts";
import { createBudget } from "./budget.ts";
import { type Datasets, readStream, type Lookup } from "./stream.ts";

/** Streams by id, read from the registry at most once a minute and stream. No listeners and no timers: in the
 *  cloud the CPU sleeps between requests. */
export interface StreamCache {
  /** At once where a fresh copy is held.
   *  @param youngerThanMs a copy that is older is read again too: whoever has fixed a
   *  stream need not wait a minute
   *  @param asker who may be guessing; without it the id is one that was accepted before
   *  @throws registry_down for an id never seen while the registry is away, lookups_limited, at once,
   *  for one after too many that do not exist: never 404 then */
  get(id: string, youngerThanMs?: number, asker?: Asker): Lookup | Promise<Lookup>;
  /** Reads the stream afresh next time: whoever has just written it need not wait a minute. */
  forget(id: string): void;
}

/** A request, as far as it is looked at. */
export interface Asker {
  readonly remoteAddress: string;
}

/** A copy younger than this is used without asking. */
export const freshMs = 60_000;
/** How long an older copy is held back for a new one; used stale only if that read fails. */
const refreshDeadlineMs = 1_000;
/** After a failed refresh the stale copy is used without asking for so long: an outage
 *  must not slow every hit. */
export const refreshPauseMs = 5_000;
/** A stream that was just registered is found after so long at the latest. */
export const missMs = 5_000;
/** How long a sender waits for the first look at its stream. */
const coldDeadlineMs = 5_000;

interface Entry {
  lookup: Lookup;
  /** When it is due to be read again, by `elapsed`. */
  dueAt: number;
  readAt: number;
}

interface Options extends Datasets {
  log: Log;
  /** The process's own where left out. */
  elapsed?: Elapsed;
  /** Streams held; and, apart from them so that guessed addresses push nothing out, misses held. */
  entriesMax?: number;
}

/** How many ids are remembered for every stream that is held: guesses cannot push them out,
 *  and they are always read. */
const idsPerEntry = 10;

const missing: Lookup = { kind: "missing" };

export function createStreamCache(registry: Registry, options: Options): StreamCache {
  const { log, elapsed = elapsedMs, entriesMax = 10_000 } = options;
  const budget = createBudget(elapsed);
  const found = new BoundedMap<string, Entry>(entriesMax);
  /** Ids that were found once, those of `found` and more. */
  const known = new BoundedSet<string>(idsPerEntry * entriesMax);
  const missed = new BoundedMap<string, Entry>(entriesMax);
  const reading = new Map<string, Promise<Lookup>>();
  let changes = 0;

  function get(id: string, youngerThanMs = freshMs, asker?: Asker): Lookup | Promise<Lookup> {
    const entry = found.get(id) ?? missed.get(id);
    const at = elapsed();
    if (entry !== undefined && at < entry.dueAt && at - entry.readAt < youngerThanMs) return entry.lookup;
    let read = reading.get(id);
    if (read === undefined) {
      const guesser = known.has(id) ? undefined : asker;
      const mayHold = guesser && registry.mayHold?.(id);
      if (mayHold === false) return missing;
      // Here, where it costs less than a look-up would.
      if (guesser !== undefined && mayHold === undefined && !found.has(id)) takeRead(guesser);
      const begun = begin(id, guesser, mayHold).finally(() => {
        if (reading.get(id) === begun) reading.delete(id);
      });
      reading.set(id, (read = begun));
    }
    return read;
  }

  async function begin(id: string, guesser?: Asker, mayHold?: boolean | Promise<boolean>): Promise<Lookup> {
    if (found.has(id)) return refresh(id);
    if (guesser !== undefined && mayHold === undefined) return guess(id, guesser);
    if (typeof mayHold === "object" && !(await mayHold)) return missing;
    return readNow(id, coldDeadlineMs);
  }

  /** For an id that was never found: it may be one of very many that somebody makes up.
   *  @throws lookups_limited */
  function takeRead({ remoteAddress }: Asker): void {
    const seconds = budget.take(remoteAddress);
    if (seconds > 0) throw lookupsLimited({ seconds });
  }

  async function guess(id: string, { remoteAddress }: Asker): Promise<Lookup> {
    const lookup = await readNow(id, coldDeadlineMs);
    if (lookup !== missing) budget.giveBack(remoteAddress);
    return lookup;
  }

  async function refresh(id: string): Promise<Lookup> {
    try {
      return await readNow(id, refreshDeadlineMs);
    } catch (error) {
      const stale = found.get(id);
      if (stale === undefined) throw error;
      log("WARNING", "The registry did not answer: an older copy of a stream is used.", {
        event: "registry_stale",
        cause: asProblem(error).message,
      });
      stale.readAt = elapsed();
      stale.dueAt = stale.readAt + refreshPauseMs;
      return stale.lookup;
    }
  }

  async function readNow(id: string, deadlineMs: number): Promise<Lookup> {
    const asOf = changes;
    const registered = await registry.read(id, { deadlineMs });
    // Somebody has written meanwhile: this answer is used, and not remembered.
    const remember = asOf === changes;
    if (registered === undefined) {
      found.delete(id);
      known.delete(id);
      return keep(missed, id, missing, remember ? missMs : 0);
    }
    missed.delete(id);
    known.add(id);
    return keep(found, id, readStream(id, registered.document, options), remember ? freshMs : 0);
  }

  /** What was read longest ago goes first. */
  function keep(entries: Map<string, Entry>, id: string, lookup: Lookup, forMs: number): Lookup {
    const readAt = elapsed();
    entries.set(id, { lookup, readAt, dueAt: readAt + forMs });
    return lookup;
  }

  function forget(id: string): void {
    found.delete(id);
    missed.delete(id);
    // A read that began before the change must not bring the old copy back.
    reading.delete(id);
    changes++;
  }

  return { get, forget };
}
