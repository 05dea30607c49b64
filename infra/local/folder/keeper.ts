import type { Log } from "../../../functions/log.ts";
import { join } from "node:path";
import { createSparseLog } from "../../../functions/sparse-log.ts";
import { elapsedMs } from "../../../functions/elapsed.ts";
import { fileId, goneFrom } from "../thread/own-file.ts";
import { within } from "../../../functions/within.ts";
import { whyOf } from "../thread/worker.ts";
import { removePending } from "./files.ts";
import type { Entrance } from "./house.ts";
import { dataFiles, storeNames, type Housed, type Page, type StoreName } from "./page.ts";

/** Writes the pages of a folder's files while it is in use. */
export interface Keeper {
  /** Every file gets a page of this start, so that the loss of a log written from here on is told. */
  begin(): Promise<void>;
  /** The files that were removed or replaced and are not back, each with what it means. */
  gone(): Map<StoreName, string>;
  /** Writes what is new, and no more after that. */
  stop(): Promise<void>;
}

/** What was written since the last page and is lost with a file's log alone is not
 *  missed: as little as this. */
const everyMs = 1_000;
/** How long the end waits for a file that does not answer. */
const stopMsMax = 2_000;

const sayAgainMs = 60_000;
const meanwhile: Readonly<Record<StoreName, string>> = {
  queue: "Hits are answered 503 until then.",
  warehouse: "Hits are taken and wait in the queue until then.",
  registry: "Streams that are known go on; no change of a stream is taken until then.",
};

export function keepHouse(
  { house, states: found, isPending }: Entrance,
  stores: Readonly<Record<StoreName, Housed>>,
  { directory, log }: { directory: string; log: Log },
): Keeper {
  /** What is known to be durable. */
  const states = { ...found };
  const changesOf = new Map<StoreName, number>();
  const written = new Map<StoreName, string>();
  const writing = new Map<StoreName, Promise<void>>();
  const ids = new Map(storeNames.map((name) => [name, fileId(join(directory, dataFiles[name]))]));
  const saidGoneAt = new Map<StoreName, number>();
  const sparseLog = createSparseLog(log, elapsedMs);
  let pending = isPending;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  /** One page a file, where there is something to tell; a file that does not answer holds up no other.
   *  Resolves when those that are on their way are through. */
  async function round(): Promise<void> {
    for (const name of storeNames) if (!writing.has(name)) note(name);
    await Promise.all(writing.values());
    if (!pending || written.size < storeNames.length) return;
    pending = false;
    await removePending(directory).catch(() => (pending = true));
  }

  function note(name: StoreName): void {
    const changes = stores[name].changes();
    const own = states[name] + (changesOf.get(name) === changes ? 0 : 1);
    const page = JSON.stringify({ house, states: { ...states, [name]: own } } satisfies Page);
    if (written.get(name) === page) return;
    const write = stores[name]
      .note(page)
      .then(() => {
        changesOf.set(name, changes);
        written.set(name, page);
        states[name] = own;
      })
      .catch(warn)
      .finally(() => writing.delete(name));
    writing.set(name, write);
  }

  /** The stores say themselves what is wrong with them; this is said for what depends on it. */
  function warn(error: unknown): void {
    const message = "The data folder's files cannot note how far they are; a lost one might not be missed.";
    sparseLog("unnoted", "WARNING", message, { event: "house_unnoted", why: whyOf(error) });
  }

  function gone(): Map<StoreName, string> {
    const found = new Map<StoreName, string>();
    for (const name of storeNames) {
      const file = join(directory, dataFiles[name]);
      if (fileId(file) !== ids.get(name)) found.set(name, `${goneFrom(file)}. ${meanwhile[name]}`);
    }
    return found;
  }

  /** Says it of each file once a minute until it is fixed. */
  function watch(): void {
    const now = gone();
    for (const [name, why] of now) {
      const saidAt = saidGoneAt.get(name);
      if (saidAt !== undefined && elapsedMs() - saidAt < sayAgainMs) continue;
      saidGoneAt.set(name, elapsedMs());
      log("ERROR", why, { event: "file_gone" });
    }
    for (const name of saidGoneAt.keys()) {
      if (now.has(name)) continue;
      saidGoneAt.delete(name);
      log("INFO", `${dataFiles[name]} is back.`, { event: "file_back" });
    }
  }

  function tick(): void {
    watch();
    void round();
    if (!stopped) timer = setTimeout(tick, everyMs).unref();
  }

  return {
    async begin() {
      // The first round says how far each file is, the second what it has seen of the others.
      for (let count = 0; count < 2; count++) await round();
      tick();
    },
    gone,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await within(stopMsMax, round(), () => undefined);
    },
  };
}
