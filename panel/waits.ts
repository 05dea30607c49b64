import { countWaiting, type WaitingCount } from "../functions/letters/waiting.ts";
import { within } from "../functions/within.ts";
import type { PanelPorts } from "./ports.ts";

/** How many dead letters wait, as the frame of every page has it. */
export interface Waits extends WaitingCount {
  /** Unix ms: when that was so. */
  readonly at: number;
}

/** However many pages are looked at, it is counted once in so long. */
const heldMs = 60_000;
/** Where the next count takes longer, the former one is shown with its time; past this it is forgotten. */
const shownMs = 5 * heldMs;
/** No page is held up for longer: the number is no part of what was asked for. */
const momentMs = 250;

/** @returns how many wait, one count for all who ask; it gives undefined where that is not known just now */
export function createWaits(ports: Pick<PanelPorts, "letters" | "now">): () => Promise<Waits | undefined> {
  let askedAt: number | undefined;
  let known: Waits | undefined;
  async function ask(at: number): Promise<void> {
    // What keeps it from being counted is told by the pages that are about dead letters.
    const found = await countWaiting(ports).catch(() => undefined);
    // One that hung for a minute comes after its successor.
    if (askedAt === at) known = found && { ...found, at };
  }
  return async () => {
    const now = ports.now();
    if (askedAt === undefined || Math.abs(now - askedAt) >= heldMs) {
      askedAt = now;
      // Whoever comes meanwhile does not wait too.
      await within(momentMs, ask(now), () => undefined);
    }
    return known !== undefined && Math.abs(now - known.at) < shownMs ? known : undefined;
  };
}
