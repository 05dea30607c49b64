import { writeSync } from "node:fs";
import type { Documents } from "../../../../functions/documents.ts";
import type { KeptFiles } from "../../../../functions/files.ts";
import type { Warehouse } from "../../../../functions/warehouse.ts";

/** When a process ends itself by SIGKILL. */
export interface Kill {
  /** After so many steps of the life, from 1. */
  readonly step: number;
  /** Not after the step but so many ms after it began, whether it is done by then or not. */
  readonly duringMs?: number;
}

/** A step is a call that changes something on the disk: between two of them a kill finds the same. */
export interface Steps {
  readonly around: <Args extends unknown[], Result>(
    name: string,
    work: (...args: Args) => Promise<Result>,
  ) => (...args: Args) => Promise<Result>;
  /** Steps count from here. */
  begin(): void;
}

/** What a life tells its driver, a line each: at once, since it may be the last. */
export function tell(line: object): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

export function countSteps(kill: Kill | undefined): Steps {
  let steps: number | undefined;
  const end = () => void process.kill(process.pid, "SIGKILL");
  return {
    begin: () => (steps ??= 0),
    around:
      (name, work) =>
      async (...args) => {
        if (steps === undefined) return work(...args);
        const step = ++steps;
        tell({ step, name });
        const isLast = kill?.step === step;
        if (isLast && kill.duringMs !== undefined) setTimeout(end, kill.duringMs);
        const result = await work(...args);
        if (isLast) end();
        return result;
      },
  };
}

type Ports = { warehouse: Warehouse; documents: Documents; keptFiles: KeptFiles };

/** The same ports, each change of theirs a step. */
export function stepping({ around }: Steps, { warehouse, documents, keptFiles }: Ports): Ports {
  return {
    warehouse: {
      ...warehouse,
      createTable: around("createTable", warehouse.createTable),
      putView: around("putView", warehouse.putView),
      append: around("append", warehouse.append),
      write: around("write", warehouse.write),
      openLoad(...args) {
        const load = warehouse.openLoad(...args);
        return { add: around("load", (rows) => load.add(rows)), end: () => load.end() };
      },
    },
    documents: { ...documents, commit: around("commit", documents.commit) },
    keptFiles: {
      ...keptFiles,
      keep: around("keep", keptFiles.keep),
      remove: around("remove", keptFiles.remove),
    },
  };
}
