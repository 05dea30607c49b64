import { asProblem, asRead } from "../problem.ts";
import type { Who } from "../people/who.ts";
import type { Reading } from "../streams/reading.ts";
import type { Health, StreamHealth } from "./health.ts";
import type { Badge } from "./judge.ts";

/** A stream's health as it is told to whoever asks. */
export interface ShownHealth {
  readonly badge: Badge;
  readonly sentence: string;
  /** Unix ms. */
  readonly last_hit_at?: number;
  /** Silent after so much of its usual time without a hit; absent until that is known. */
  readonly silent_after_ms?: number;
  /** What the same weekdays had by this hour; absent until two of them are known. */
  readonly usual?: { readonly lowest: number; readonly highest: number; readonly weeks: number };
}

export function shownHealth({ verdict, sentence, last_hit_at, usual }: StreamHealth): ShownHealth {
  const silent_after_ms = verdict.badge === "silent" ? verdict.silentMs : usual?.silentMs;
  return {
    badge: verdict.badge,
    sentence,
    ...(last_hit_at !== undefined && { last_hit_at }),
    ...(silent_after_ms !== undefined && { silent_after_ms: Math.round(silent_after_ms) }),
    ...("weeks" in verdict && {
      usual: { lowest: verdict.lowest, highest: verdict.highest, weeks: verdict.weeks },
    }),
  };
}

/** Streams as the list has them, each with its badge. Without it, and with the reason, where that cannot be
 *  told. */
export async function withHealth<View extends { id: string }>(
  health: Health,
  who: Pick<Who, "seesPayloads">,
  { streams, warnings = [] }: { streams: readonly View[]; warnings?: readonly string[] },
  readings: readonly Reading[],
): Promise<{ streams: readonly View[]; warnings?: readonly string[] }> {
  // The counters are away for both.
  if (warnings.length > 0) return { streams, warnings };
  try {
    const told = await health.look(readings, who);
    return { streams: streams.map((view, index) => ({ ...view, health: badgeOf(told[index]!) })) };
  } catch (error) {
    const why = asProblem(asRead(error)).message;
    return { streams, warnings: [`How the streams are could not be told: ${why}`] };
  }
}

function badgeOf({ verdict: { badge }, sentence }: StreamHealth): Pick<ShownHealth, "badge" | "sentence"> {
  return { badge, sentence };
}
