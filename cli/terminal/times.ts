/** Unix milliseconds as people read them, ISO 8601 in UTC: the same on every machine, and the same as in the
 *  rows' `date` of a stream at +00:00. */
export function utcText(ms: number): string {
  return Number.isFinite(ms) && Math.abs(ms) < 8.64e15
    ? `${new Date(ms).toISOString().slice(0, 19)}Z`
    : String(ms);
}

/** How long ago, in the largest unit that says something: `12 s`, `3 min`, `5 h`, `9 days`. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 100 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
