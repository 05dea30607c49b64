import { readdirSync, readFileSync } from "node:fs";
import { expect } from "@jest/globals";
import type { Warehouse } from "../../functions/warehouse.ts";
import { importOf } from "./loading.ts";
import { casesFolder } from "./cases.ts";

const folder = new URL("sequences/", casesFolder);

interface Step {
  readonly step: number;
  readonly upload_as: string;
  readonly bytes_of: string;
  readonly file_state: string;
  readonly file_code?: string;
  readonly new: number;
  readonly rejected?: number;
  readonly current: readonly unknown[][];
  readonly settings?: Record<string, string>;
}

export const sequences: readonly string[] = readdirSync(folder);

/** Sends the files of a sequence, and compares each step with what it must give. */
export async function follow(warehouse: Warehouse, sequence: string): Promise<void> {
  const at = new URL(`${sequence}/`, folder);
  const { steps } = JSON.parse(readFileSync(new URL("expect.json", at), "utf8")) as { steps: Step[] };
  const one = importOf(warehouse, sequence);
  const ids: string[] = [];
  for (const step of steps) {
    one.set(step.settings ?? {});
    const told = await one.send(step.upload_as, readFileSync(new URL(step.bytes_of, at)));
    ids.push(told.file_id);
    const said = {
      step: step.step,
      file_state: told.state,
      ...(step.file_code !== undefined && { file_code: told.code }),
      new: told.new_events,
      ...(step.rejected !== undefined && { rejected: told.rejected }),
      current: await one.current(),
    };
    expect(said).toEqual(Object.fromEntries(Object.entries(step).filter(([name]) => name in said)));
    for (const [field, state] of Object.entries(step)) {
      const earlier = /^step_(\d)_becomes$/.exec(field)?.[1];
      if (earlier === undefined) continue;
      const files = await one.rows("import_files", ["file_id", "state"]);
      expect(files).toContainEqual({ file_id: ids[Number(earlier) - 1], state });
    }
  }
}
