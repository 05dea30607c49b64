import type { ComponentChildren } from "preact";
import type { Seen } from "../streams.ts";
import { Badge } from "./badge.tsx";
import { counted, Time } from "./text.tsx";
import { waitingMax } from "../../functions/letters/waiting.ts";

/** A stream's state: what is odd first. The sentence has the cause. */
export function Health({ seen, zone, now }: { seen: Seen; zone: string; now: number }) {
  const { badge, sentence } = healthOf(seen, zone, now);
  return (
    <>
      {badge} <small>{sentence}</small>
    </>
  );
}

export function healthOf(
  seen: Seen,
  zone: string,
  now: number,
): { badge: ComponentChildren; sentence: ComponentChildren } {
  const { stream, waiting, view, recent } = seen;
  if (stream === undefined) return { badge: failing, sentence: `${view.problems.join("; ")}.` };
  if (waiting !== undefined && waiting !== "none")
    return {
      badge: failing,
      sentence: `${waiting.count === waitingMax ? `${counted(waiting.count, "hit")} or more wait` : `${counted(waiting.count, "hit")} ${waiting.count === 1 ? "waits" : "wait"}`}: ${waiting.detail}`,
    };
  const { state } = stream;
  if (state === "closed")
    return {
      badge: (
        <Badge tone="quiet" symbol="closed">
          Closed
        </Badge>
      ),
      sentence: "The address answers 410.",
    };
  if (state === "paused")
    return {
      badge: (
        <Badge tone="quiet" symbol="paused">
          Paused
        </Badge>
      ),
      sentence: "Senders get 503; those that retry lose nothing.",
    };
  const [warning] = view.warnings;
  if (warning !== undefined)
    return {
      badge: (
        <Badge tone="warn" symbol="warn">
          Look at it
        </Badge>
      ),
      sentence: warning,
    };
  if (typeof recent === "string")
    return {
      badge: (
        <Badge tone="quiet" symbol="todo">
          Not known
        </Badge>
      ),
      sentence: recent,
    };
  if (recent.lastAt !== undefined)
    return {
      badge: (
        <Badge tone="ok" symbol="ok">
          Receiving
        </Badge>
      ),
      sentence: "Its hits become rows.",
    };
  return {
    badge: (
      <Badge tone="info" symbol="new">
        New
      </Badge>
    ),
    sentence:
      recent.lastTestAt === undefined ? (
        "No hit in the last 7 days."
      ) : (
        <>
          No real hit in the last 7 days. A test row arrived at{" "}
          <Time at={recent.lastTestAt} zone={zone} now={now} />.
        </>
      ),
  };
}

const failing = (
  <Badge tone="bad" symbol="bad" fill>
    Failing
  </Badge>
);
