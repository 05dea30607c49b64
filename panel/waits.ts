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

/** One count for all who ask. */
export interface HeldWaits {
  /** Counts where that is due; waits for it a moment at most. */
  look(): Promise<void>;
  /** undefined where it is not known just now. */
  known(): Waits | undefined;
  /** What a page has read anyway is as good as a count. */
  learn(waiting: number): void;
}

export function holdWaits(ports: Pick<PanelPorts, "letters" | "now">): HeldWaits {
  let askedAt: number | undefined;
  let known: Waits | undefined;
  async function ask(at: number): Promise<void> {
    // What keeps it from being counted is told by the pages that are about dead letters.
    const found = await countWaiting(ports).catch(() => undefined);
    // One that hung for a minute comes after its successor.
    if (askedAt === at) known = found && { ...found, at };
  }
  return {
    async look() {
      const now = ports.now();
      if (askedAt !== undefined && Math.abs(now - askedAt) < heldMs) return;
      askedAt = now;
      // Whoever comes meanwhile does not wait too.
      await within(momentMs, ask(now), () => undefined);
    },
    known: () => (known !== undefined && Math.abs(ports.now() - known.at) < shownMs ? known : undefined),
    learn(waiting) {
      askedAt = ports.now();
      known = { waiting, at: askedAt };
    },
  };
}
