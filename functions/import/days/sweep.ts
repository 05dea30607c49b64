import { openSteps } from "../../steps.ts";
import { daysBefore } from "../fields/date.ts";
import { type ImportView, listImports } from "../registered/imports.ts";
import { nextDeadline, todayOf } from "./deadline.ts";
import { type DayWritePorts, writeDays, writtenDays } from "./write.ts";

/** Time passes without a file: a day begins, or is not here by its deadline. */

/** So many days are looked at where only time has passed. All of them where it is not known what was written
 *  before: in a process that begins, and where something else is set on the import. */
const recentDays = 7;
const importsAtOnce = 200;
const never = Number.MAX_SAFE_INTEGER;

export interface DaySweep {
  /** Writes what time has changed, and looks at no table where it has changed nothing.
   *  @throws warehouse_down, documents_down, …: then the same days come again. Those of other imports are
   *  written before */
  sweep(): Promise<void>;
}

/** What was written of an import: as it was set, and until when that holds. */
interface Swept {
  readonly set: string;
  readonly today: string;
  readonly until: number;
}

/** @param isKept whether what was written is kept in the documents, for processes that come and go */
export function openDaySweep(ports: DayWritePorts, { isKept = false } = {}): DaySweep {
  const swept = new Map<string, Swept>();
  const place = (name: string) => ({ kind: "settings", id: `days-swept-${name}` }) as const;

  async function find(name: string): Promise<Swept | undefined> {
    const known = swept.get(name);
    if (known !== undefined || !isKept) return known;
    const { kind, id } = place(name);
    return (await ports.documents.read(kind, id))?.document as Swept | undefined;
  }

  async function keep(name: string, now: Swept): Promise<void> {
    if (isKept) await ports.documents.commit([{ ...place(name), document: { ...now } }]);
    swept.set(name, now);
  }

  async function sweepOne(one: ImportView): Promise<void> {
    const now = ports.now();
    const set = JSON.stringify(one);
    const today = todayOf(one.zone, now);
    const before = await find(one.name);
    const isKnown = before?.set === set && before.today <= today;
    if (isKnown && before.today === today && now < before.until) return;
    const until = nextDeadline(one, now)?.due_at ?? never;
    await writeDays(ports, one, {
      first: daysBefore(isKnown ? before.today : today, isKnown ? recentDays : writtenDays - 1),
      last: today,
    });
    await keep(one.name, { set, today, until });
  }

  return {
    async sweep() {
      const steps = openSteps();
      for (let after: string | undefined; ;) {
        const { imports, next } = await listImports(ports, { after, limit: importsAtOnce });
        for (const one of imports) await steps.take(() => sweepOne(one));
        if (next === undefined) return steps.end();
        after = next;
      }
    },
  };
}
