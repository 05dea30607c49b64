import type { Log } from "../../../functions/log.ts";
import { join } from "node:path";
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
  /** Writes what is new, and no more after that. */
  stop(): Promise<void>;
}

/** What was written since the last page and is lost with a file's log alone is not missed: as little as this. */
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
  const seen = new Map<StoreName, number>();
  const written = new Map<StoreName, string>();
  const writing = new Map<StoreName, Promise<void>>();
  const ids = new Map(storeNames.map((name) => [name, fileId(join(directory, dataFiles[name]))]));
  const gone = new Map<StoreName, number>();
  let pending = isPending;
  let failing = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  /** One page a file, where there is something to tell; a file that does not answer holds up no other. Resolves when
   *  those that are on their way are through. */
  async function round(): Promise<void> {
    for (const name of storeNames) if (!writing.has(name)) note(name);
    await Promise.all(writing.values());
    if (!pending || written.size < storeNames.length) return;
    pending = false;
    await removePending(directory).catch(() => (pending = true));
  }

  function note(name: StoreName): void {
    const changes = stores[name].changes();
    const own = states[name] + (seen.get(name) === changes ? 0 : 1);
    const page = JSON.stringify({ house, states: { ...states, [name]: own } } satisfies Page);
    if (written.get(name) === page) return;
    const write = stores[name]
      .note(page)
      .then(() => {
        seen.set(name, changes);
        written.set(name, page);
        states[name] = own;
        failing = false;
      })
      .catch(warn)
      .finally(() => writing.delete(name));
    writing.set(name, write);
  }

  /** The stores say themselves what is wrong with them; this is said once, for what depends on it. */
  function warn(error: unknown): void {
    if (!failing)
      log(
        "WARNING",
        "The data folder's files cannot note how far they are; a lost one might not be missed.",
        {
          event: "house_unnoted",
          why: whyOf(error),
        },
      );
    failing = true;
  }

  /** Says of each file that was removed or replaced what it means, once a minute until it is fixed. */
  function watch(): void {
    for (const name of storeNames) {
      const file = join(directory, dataFiles[name]);
      const isThere = fileId(file) === ids.get(name);
      const saidAt = gone.get(name);
      if (isThere && saidAt === undefined) continue;
      if (isThere) {
        gone.delete(name);
        log("INFO", `${dataFiles[name]} is back.`, { event: "file_back" });
      } else if (saidAt === undefined || performance.now() - saidAt >= sayAgainMs) {
        gone.set(name, performance.now());
        log("ERROR", `${goneFrom(file)}. ${meanwhile[name]}`, { event: "file_gone" });
      }
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
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await within(stopMsMax, round(), () => undefined);
    },
  };
}
