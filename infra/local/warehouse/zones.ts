/** Clocks of zones that have a name, where DuckDB's table of them is older than a law. A test holds every
 *  zone against Node's table, which is the newer one; a newer DuckDB empties this list.
 *  Source: https://data.iana.org/time-zones/tzdb/NEWS (2026) */

interface Law {
  /** From this second since 1970 on. */
  readonly since: number;
  /** Seconds east of UTC, the whole year. */
  readonly east: number;
}

const laws: Readonly<Record<string, Law>> = {
  "Africa/Casablanca": { since: 1_789_866_000, east: 0 },
  "Africa/El_Aaiun": { since: 1_789_866_000, east: 0 },
  "America/Edmonton": { since: 1_793_520_000, east: -21_600 },
  "America/Vancouver": { since: 1_793_523_600, east: -25_200 },
};

/** @returns undefined where DuckDB knows what there is to know */
export function newLaw(zone: string): Law | undefined {
  return laws[canonical(zone)];
}

/** `Canada/Pacific` is another name of America/Vancouver. */
function canonical(zone: string): string {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return zone;
  }
}
