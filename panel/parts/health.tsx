import type { ComponentChildren } from "preact";
import type { ShownStream } from "../streams.ts";
import { Badge } from "./badge.tsx";
import { counted, Time } from "./text.tsx";
import { waitingMax } from "../../functions/letters/waiting.ts";

/** A stream's state: what is odd first. The sentence has the cause. */
export function Health({ shown, zone, now }: { shown: ShownStream; zone: string; now: number }) {
  const { badge, sentence } = healthOf(shown, zone, now);
  return (
    <>
      {badge} <small>{sentence}</small>
    </>
  );
}

export function healthOf(
  shown: ShownStream,
  zone: string,
  now: number,
): { badge: ComponentChildren; sentence: ComponentChildren } {
  const { stream, waiting, view } = shown;
  if (stream === undefined) return { badge: badges.failing, sentence: `${view.problems.join("; ")}.` };
  if (waiting !== undefined && waiting !== "none")
    return {
      badge: badges.failing,
      sentence: `${waiting.count === waitingMax ? `${counted(waiting.count, "hit")} or more wait` : `${counted(waiting.count, "hit")} ${waiting.count === 1 ? "waits" : "wait"}`}: ${causeIn(waiting.detail)}`,
    };
  const { state } = stream;
  if (state === "closed") return { badge: badges.closed, sentence: "The address answers 410." };
  if (state === "paused")
    return { badge: badges.paused, sentence: "Senders get 503; those that retry lose nothing." };
  const [warning] = view.warnings;
  if (warning !== undefined) return { badge: badges.odd, sentence: warning };
  const arrived = arrivedAt(shown);
  if (typeof arrived === "string") return { badge: badges.unknown, sentence: arrived };
  if (arrived.lastAt !== undefined)
    return {
      badge: badges.receiving,
      sentence: (
        <>
          Last hit at <Time at={arrived.lastAt} zone={zone} now={now} />.
        </>
      ),
    };
  return {
    badge: badges.new,
    sentence: arrived.hadTests ? "Only tests arrived in the last 14 days." : "No hit in the last 14 days.",
  };
}

/** Its first sentence, inside another one: what to do stands under Problems. */
function causeIn(detail: string): string {
  const [cause = ""] = /^.+?\.(?= |$)/s.exec(detail) ?? [detail];
  return cause.replace(/^(The|Column|Table|Dataset) /, (word) => word.toLowerCase());
}

/** By what was counted; where nothing was, a look at its table may know more: counting began
 *  later than some streams. */
export function arrivedAt({
  activity,
  recent,
}: Pick<ShownStream, "activity" | "recent">): { lastAt: number | undefined; hadTests: boolean } | string {
  const inTable = typeof recent === "object" ? recent : undefined;
  if (typeof activity === "string" && inTable === undefined) return activity;
  const counted = typeof activity === "string" ? undefined : activity;
  return {
    lastAt: counted?.last_hit_at ?? inTable?.lastAt,
    hadTests: (counted?.days ?? []).some(({ tests = 0 }) => tests > 0) || inTable?.lastTestAt !== undefined,
  };
}

/** The states of a stream, the one that needs somebody first. */
export const badges = {
  failing: (
    <Badge tone="bad" symbol="bad" fill>
      Failing
    </Badge>
  ),
  odd: (
    <Badge tone="warn" symbol="warn">
      Look at it
    </Badge>
  ),
  new: (
    <Badge tone="info" symbol="new">
      New
    </Badge>
  ),
  receiving: (
    <Badge tone="ok" symbol="ok">
      Receiving
    </Badge>
  ),
  unknown: (
    <Badge tone="quiet" symbol="todo">
      Not known
    </Badge>
  ),
  paused: (
    <Badge tone="quiet" symbol="paused">
      Paused
    </Badge>
  ),
  closed: (
    <Badge tone="quiet" symbol="closed">
      Closed
    </Badge>
  ),
};
