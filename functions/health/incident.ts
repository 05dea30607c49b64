import type { Badge } from "./judge.ts";
import { hourMs } from "./clock.ts";

/** A stream's, or an import's: data that did not come in time, or in a file that could not be read. */
export type IncidentBadge = Badge | "missing" | "failed file";

/** When a bad badge is told, and when that it is over: each once, after it has stayed so. */
export interface Incident {
  readonly badge: IncidentBadge;
  /** Unix ms: since when the badge is bad. */
  readonly since: number;
  /** Unix ms; absent until it is told. */
  readonly toldAt?: number;
  /** Unix ms: since when it is good again; absent while it is bad. */
  readonly goodSince?: number;
  /** Of a silence, Unix ms: the hit before it. */
  readonly lastAt?: number;
}

export type Step =
  | { readonly incident: Incident | undefined; readonly tell?: undefined }
  | { readonly incident: Incident; readonly tell: "opened" }
  | { readonly incident: undefined; readonly tell: "over"; readonly of: Incident };

const heldMs = 10 * 60_000;
/** Whether a day is low is known anew with each hour that ends: it is one message a day. */
const dayHeldMs = 6 * hourMs;
/** A graver one is told although a lesser one was. */
const grave: Readonly<Partial<Record<IncidentBadge, number>>> = {
  low: 1,
  high: 1,
  silent: 2,
  missing: 2,
  failing: 3,
  "failed file": 3,
};
const gravity = (badge: IncidentBadge): number => grave[badge] ?? 0;

/** @param before what was there at the last check
 *  @param now.lastAt the last hit: a silence ends with one, and not because a night has begun */
export function step(
  before: Incident | undefined,
  verdict: { readonly badge: IncidentBadge },
  { at, lastAt }: { at: number; lastAt: number | undefined },
): Step {
  const isSilent = before?.badge === "silent" && before.lastAt === lastAt;
  const badge = isSilent && verdict.badge === "healthy" ? "silent" : verdict.badge;
  if (gravity(badge) === 0) return calmed(before, at);
  if (before === undefined || gravity(badge) > gravity(before.badge))
    return { incident: { badge, since: at, ...(badge === "silent" && lastAt !== undefined && { lastAt }) } };
  const { goodSince: _, ...bad } = before;
  // Lesser ones belong to the same trouble: a day stays low after it was silent.
  if (bad.toldAt !== undefined) return { incident: bad };
  const incident = { ...bad, badge };
  return at - bad.since < heldMs ? { incident } : { incident: { ...incident, toldAt: at }, tell: "opened" };
}

function calmed(before: Incident | undefined, at: number): Step {
  // What nobody was told of was never there.
  if (before?.toldAt === undefined) return { incident: undefined };
  const goodSince = before.goodSince ?? at;
  const isOfDay = before.badge === "low" || before.badge === "high";
  if (at - goodSince < (isOfDay ? dayHeldMs : heldMs)) return { incident: { ...before, goodSince } };
  return { incident: undefined, tell: "over", of: { ...before, goodSince } };
}
