import type { Connection } from "./connection.ts";

/** What is looked at of a connection. */
export type Seat = Pick<Connection, "owner" | "open" | "idleSince">;

/** Whom to send away so that newcomers are served: of the address that has most idle connections, the one
 *  that idles longest, and so on. Addresses that may stand for many senders count as one together: there the
 *  longest idle goes. One that waits for an answer stays.
 *  @param count how many at most: one look at all of them makes room for more than one newcomer */
export function idlest<Any extends Seat>(seats: Iterable<Any>, newcomer: Any, count: number): Any[] {
  const byOwner = new Map<string | undefined, Any[]>();
  for (const seat of seats) {
    if (seat.open.length > 0 || seat === newcomer) continue;
    const those = byOwner.get(seat.owner);
    if (those === undefined) byOwner.set(seat.owner, [seat]);
    else those.push(seat);
  }
  const groups = [...byOwner.values()];
  // The next one to go stands at the end.
  for (const group of groups) group.sort((a, b) => b.idleSince - a.idleSince);
  const chosen: Any[] = [];
  while (chosen.length < count) {
    let most: Any[] = [];
    for (const group of groups) if (goesBefore(group, most)) most = group;
    const next = most.pop();
    if (next === undefined) break;
    chosen.push(next);
  }
  return chosen;
}

function goesBefore(group: readonly Seat[], other: readonly Seat[]): boolean {
  if (group.length !== other.length) return group.length > other.length;
  return (group.at(-1)?.idleSince ?? Infinity) < (other.at(-1)?.idleSince ?? Infinity);
}
