import { daysBefore } from "../fields/date.ts";
import { type ImportView, listImports } from "../registered/imports.ts";
import { nextDeadline, todayOf } from "./deadline.ts";
import { type DayWritePorts, writeDays, writtenDays } from "./write.ts";

/** Time passes without a file: a day begins, or is not here by its deadline. */

/** So many days are looked at where only time has passed. All of them where it is not known what was written
 *  before: in a process that begins, and where something else is set on the import. */
const recentDays = 7;
const importsAtOnce = 200;

export interface DaySweep {
  /** Writes what time has changed, and looks at no table where it has changed nothing.
   *  @throws warehouse_down, documents_down, …: then the same days come again */
  sweep(): Promise<void>;
}

export function openDaySweep(ports: DayWritePorts): DaySweep {
  /** What was written of each import: as it was set, and until when that holds. */
  const swept = new Map<string, { readonly set: string; readonly today: string; readonly until: number }>();

  async function sweepOne(one: ImportView): Promise<void> {
    const now = ports.now();
    const set = JSON.stringify(one);
    const today = todayOf(one.zone, now);
    const before = swept.get(one.name);
    const isKnown = before?.set === set && before.today <= today;
    if (isKnown && before.today === today && now < before.until) return;
    const until = nextDeadline(one, now)?.due_at ?? Infinity;
    await writeDays(ports, one, {
      first: daysBefore(isKnown ? before.today : today, isKnown ? recentDays : writtenDays - 1),
      last: today,
    });
    swept.set(one.name, { set, today, until });
  }

  return {
    async sweep() {
      for (let after: string | undefined; ;) {
        const { imports, next } = await listImports(ports, { after, limit: importsAtOnce });
        for (const one of imports) await sweepOne(one);
        if (next === undefined) return;
        after = next;
      }
    },
  };
}
