import { dueAt, todayOf } from "../days/deadline.ts";
import { daysBefore } from "../fields/date.ts";
import type { ImportView } from "../registered/imports.ts";
import type { Looked } from "./state.ts";

/** When a shared table is looked at: at fixed times of the import's zone, and soon again while something is
 *  not settled or did not work. */

/** Beside the deadline. */
const times = ["00:30", "06:00", "12:00"];

/** A day that changed is taken once it is the same so long after. */
const settleMs = 60_000;
/** Looks at a table that goes on changing; then what is over is taken as it is, and put right when it changes
 *  again. */
export const settleLooksMax = 3;
/** What did not work, such as a grant that is missing, is tried again so soon. */
const troubleMs = 10 * 60_000;
/** Who looks so shortly after one of the times sees what was there then. */
const graceMs = 20 * 60_000;

/** The last of the times that has passed, in Unix ms. */
function lastTime({ zone, due }: Pick<ImportView, "zone" | "due">, now: number): number {
  const today = todayOf(zone, now);
  const all = [0, 1, 2].flatMap((back) =>
    [due, ...times].map((time) => dueAt({ zone, due: time }, daysBefore(today, back))),
  );
  return Math.max(...all.filter((at) => at <= now));
}

/** Whether one of the times has passed since it was looked at. */
export function isNewRound(one: ImportView, before: Looked, now: number): boolean {
  return before.asked === true || lastTime(one, now) > before.looked_at;
}

export function isDue(one: ImportView, before: Looked | undefined, now: number): boolean {
  if (before === undefined || before.table !== one.table || isNewRound(one, before, now)) return true;
  // Either way: the clock may have been set back since.
  const since = Math.abs(now - before.looked_at);
  return (
    since >= (before.trouble === undefined ? settleMs : troubleMs) &&
    (before.pending || before.trouble !== undefined)
  );
}

/** Since when what is seen now is there at the latest, in favour of who shares the table: where a time has
 *  just passed, before it. */
export function seenAt(one: ImportView, before: Looked, now: number): number {
  const time = lastTime(one, now);
  return before.looked_at < time && now - time <= graceMs ? time - 1 : now;
}
