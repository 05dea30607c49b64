import type { Exchange } from "./exchange.ts";

/** What is looked at of a request. */
export type Waiting = Pick<Exchange, "waitsSince">;

/** Requests that wait for their sender: they may give way where there is no room. What the
 *  functions are at work on stays.
 *  @param counts whether one would give what is needed */
export function waiting<Any extends Waiting>(
  connections: Iterable<{ readonly open: readonly Any[] }>,
  counts: (exchange: Any) => boolean,
): Any[] {
  const those: Any[] = [];
  for (const { open } of connections)
    for (const exchange of open)
      if (exchange.waitsSince !== undefined && counts(exchange)) those.push(exchange);
  return those;
}

/** The one that has waited longest. */
export function slowest<Any extends Waiting>(those: readonly Any[]): Any | undefined {
  let [chosen] = those;
  for (const one of those) if (one.waitsSince! < chosen!.waitsSince!) chosen = one;
  return chosen;
}
