import type { Dialect } from "../../dialect.ts";
import { importTable } from "../tables.ts";

/** Pieces of SQL that linking is made of. */

/** Days since 1970 of YYYY-MM-DD. */
export const dayNumberOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / 86_400_000;

const dayMicros = 86_400_000_000;

/** White space of Unicode and what takes no room: what the import cuts off around a cell (fields/text.ts). */
const blanks =
  "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a" +
  "\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff";

export function trimmed(sql: Dialect, text: string): string {
  return `TRIM(${text}, ${sql.text(blanks)})`;
}

// Written out, since \s is ASCII alone in RE2; by number, since a raw text has no line breaks.
const anyBlanks = `[${[...blanks].map((blank) => `\\x{${blank.codePointAt(0)!.toString(16)}}`).join("")}]+`;

/** What two ids share where only a person would take them for one. */
export function nearSql(sql: Dialect, id: string): string {
  const inner = sql.removed(`LOWER(${trimmed(sql, id)})`, anyBlanks);
  return sql.removed(sql.removed(inner, "[.]0$"), "^0+");
}

/** Days since 1970 of a moment, as the calendar of the zone has them. @param micros since 1970 */
export function localDay(sql: Dialect, micros: string, zone: string): string {
  const east = fixedMinutes(zone);
  if (east !== undefined) return `CAST(FLOOR((${micros} + ${east * 60_000_000}) / ${dayMicros}) AS INT64)`;
  const seconds = `CAST(FLOOR(${micros} / 1000000) AS INT64)`;
  return sql.dayNumber(`CAST(${sql.wall(seconds, zone)} AS DATE)`);
}

/** Minutes east of UTC of an offset that is the same all year; undefined of a zone with a name. */
function fixedMinutes(zone: string): number | undefined {
  if (zone === "UTC") return 0;
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(zone) ?? [];
  if (sign === undefined) return undefined;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

export function tableSql(sql: Dialect, dataset: string, table: string): string {
  return sql.table(importTable(dataset, table));
}

/** Of each event of an import what was decided last. */
export function latestLinksSql(sql: Dialect, dataset: string, where: string): string {
  return (
    `SELECT * FROM ${tableSql(sql, dataset, "backend_event_links")} WHERE ${where} ` +
    "QUALIFY ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY version DESC, linked_at DESC) = 1"
  );
}

/** A named list of subqueries, each of which may read those before it. */
export function withSql(parts: Readonly<Record<string, string>>): string {
  return `WITH ${Object.entries(parts)
    .map(([name, select]) => `${name} AS (${select})`)
    .join(", ")} `;
}
