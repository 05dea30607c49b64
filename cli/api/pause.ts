import { setTimeout as wait } from "node:timers/promises";

/** The pause before the attempt with this number, from 0; the last one repeats. */
export async function pause(
  ladderMs: readonly number[],
  attempt: number,
  stopped: AbortSignal,
): Promise<void> {
  await wait(ladderMs[Math.min(attempt, ladderMs.length - 1)] ?? 0, undefined, {
    signal: stopped,
  });
}
