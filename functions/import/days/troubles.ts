import { daysBefore } from "../fields/date.ts";
import { listImports } from "../registered/imports.ts";
import { type DayPorts, readDays } from "./days.ts";
import { todayOf } from "./deadline.ts";
import type { ImportDay } from "./judge.ts";
import { lateText } from "./late.ts";

/** What is wrong with the days of imports, for whoever tells people of it. */

export interface ImportTrouble {
  readonly name: string;
  readonly badge: "missing" | "failed file" | "healthy";
  readonly sentence: string;
}

/** What is older, somebody knows by now. */
const lookedDays = 7;
const importsAtOnce = 200;

/** All imports, those with nothing wrong too.
 *  @param unread is told of each whose days cannot be read
 *  @throws documents_down */
export async function importTroubles(
  ports: DayPorts,
  unread: (name: string, error: unknown) => void,
): Promise<ImportTrouble[]> {
  const found: ImportTrouble[] = [];
  for (let after: string | undefined; ;) {
    const { imports, next } = await listImports(ports, { after, limit: importsAtOnce });
    for (const one of imports) {
      try {
        const last = todayOf(one.zone, ports.now());
        const days = await readDays(ports, one, { first: daysBefore(last, lookedDays - 1), last });
        found.push({ name: one.name, ...troubleOf(days) });
      } catch (error) {
        unread(one.name, error);
      }
    }
    if (next === undefined) return found;
    after = next;
  }
}

export function troubleOf(days: readonly ImportDay[]): Omit<ImportTrouble, "name"> {
  const datesOf = (state: ImportDay["state"]) =>
    days.filter((day) => day.state === state).map(({ date }) => date);
  const failed = datesOf("failed_file");
  if (failed.length > 0)
    return {
      badge: "failed file",
      sentence: `The file with the data of ${failed.join(", ")} could not be taken.`,
    };
  const missing = datesOf("missing");
  if (missing.length > 0)
    return { badge: "missing", sentence: `The data of ${missing.join(", ")} is not here, and was due.` };
  const late = days.findLast(({ late_by }) => late_by !== undefined);
  const came = late === undefined ? "" : ` That of ${late.date} came ${lateText(late.late_by!)}.`;
  return {
    badge: "healthy",
    sentence: `All data that was due in the last week is here.${came}`,
  };
}
