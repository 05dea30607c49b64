import { addFeed, type GivenFeed } from "../../functions/feeds/registered/feeds.ts";
import { askNow, takeAlthough } from "../../functions/feeds/fetches/asked.ts";
import { readState } from "../../functions/feeds/fetches/state.ts";
import { fetchDue } from "../../functions/feeds/fetches/work.ts";
import { demandUsable } from "../../functions/feeds/registered/feeds.ts";
import { thisMachine } from "../../functions/people/who.ts";
import type { Warehouse } from "../../functions/warehouse.ts";
import { openReach } from "../../infra/web/reach.ts";
import { openWeb } from "../../infra/web/web.ts";
import { memoryDocuments } from "../support/doubles/memory-documents.ts";
import { memoryFiles } from "../support/doubles/memory-files.ts";

export const productDataset = "afterclick";
export const defaultDataset = "conversions";

/** Feeds on a warehouse, with a clock that stands until a test moves it. */
export function feedsOn(warehouse: Warehouse, { silenceMs }: { silenceMs?: number } = {}) {
  const documents = memoryDocuments();
  const clock = { ms: Date.UTC(2026, 10, 28, 9) };
  const now = () => clock.ms;
  const secrets = new Map<string, string>();
  const logged: unknown[] = [];
  const ports = {
    warehouse,
    documents,
    productDataset,
    defaultDataset,
    now,
    deadlineMs: 300_000,
    keptFiles: memoryFiles(),
    web: openWeb(openReach(["127.0.0.1"]), { ...(silenceMs !== undefined && { silenceMs }) }),
    log: (...said: unknown[]) => void logged.push(said),
    feedAsked: () => undefined,
    secrets: {
      put: async (name: string, value: string) => void secrets.set(name, value),
      read: async (name: string) => secrets.get(name),
      retire: async (name: string) => void secrets.delete(name),
    },
  };
  return {
    ports,
    clock,
    logged,
    add: (name: string, given: Omit<GivenFeed, "zone"> & { url: string; table: string }) =>
      addFeed(ports, thisMachine, { ...given, zone: "Europe/Kyiv", name }),
    /** Fetches what is due. @returns what became of the newest fetches, the oldest first */
    async due(name: string) {
      const before = logged.length;
      await fetchDue(ports);
      const fetched = logged.slice(before).filter((said) => JSON.stringify(said).includes('"feed_fetched"'));
      const { fetches } = await readState(ports, name);
      return fetches.slice(0, fetched.length).reverse();
    },
    ask: async (name: string, day?: string) =>
      askNow(ports, thisMachine, await demandUsable(ports, name), day),
    take: async (name: string) => takeAlthough(ports, thisMachine, await demandUsable(ports, name)),
    rows: async (sql: string) => (await warehouse.query(sql, { rowsMax: 10_000, deadlineMs: 60_000 })).rows,
  };
}
