import { daysBefore } from "../fields/date.ts";
import type { ToldFile } from "../load/files.ts";
import type { ImportView } from "../registered/imports.ts";
import { type DayPorts, daysMax, readDays } from "./days.ts";
import { daysInName } from "./judge.ts";

/** How much too late a file came. */

export interface LateDay {
  readonly date: string;
  /** Milliseconds. */
  readonly late_by: number;
}

/** The days whose data came by this file, and too late. @throws warehouse_down, documents_down */
export async function lateDaysOf(
  ports: DayPorts,
  one: ImportView,
  { file_id, name, first_day, last_day }: Pick<ToldFile, "file_id" | "name" | "first_day" | "last_day">,
): Promise<LateDay[]> {
  const said = [...daysInName(name), ...[first_day, last_day].filter((day) => day !== undefined)].sort();
  const last = said.at(-1);
  if (last === undefined) return [];
  const earliest = daysBefore(last, daysMax - 1);
  const days = await readDays(ports, one, { first: said[0]! > earliest ? said[0]! : earliest, last });
  return days.flatMap(({ date, late_by, ...day }) =>
    late_by !== undefined && day.file_id === file_id ? [{ date, late_by }] : [],
  );
}

const units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
] as const;

/** `3 h 10 min late` */
export function lateText(ms: number): string {
  const begin = units.findIndex(([, size]) => ms >= size);
  if (begin === -1) return "less than a minute late";
  let rest = ms;
  const parts = units.slice(begin, begin + 2).flatMap(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count > 0 ? [`${count} ${unit}`] : [];
  });
  return `${parts.join(" ")} late`;
}
