import { openSteps } from "../steps.ts";
import type { DaySweep } from "./days/sweep.ts";
import { linkDue, type DuePorts } from "./links/automatic/due.ts";
import { lookAtTables, type SharedPorts } from "./shared/look.ts";
import { workOnOldest, type Worked, type WorkPorts } from "./load/work.ts";

/** Files keep those that came with them waiting for their links no longer than this. */
const linksWaitMs = 60_000;

/** Works on what is next: the oldest file, days whose deadline has passed, shared tables whose turn it is,
 *  and the links that are due.
 *  @returns as `workOnOldest`; `none` where the process ends
 *  @throws as `workOnOldest`, `sweep`, `lookAtTables` and `linkDue`, once nothing is left that can be done:
 *  what is wrong with one of them must not keep a deadline from being told, or others from being worked on */
export async function workOnNext(ports: WorkPorts & DuePorts & SharedPorts, days: DaySweep): Promise<Worked> {
  const steps = openSteps(ports.ending);
  const worked = (await steps.take(() => workOnOldest(ports))) ?? "none";
  if (ports.ending?.aborted === true) return "none";
  // What somebody else works on brings links of its own.
  if (worked === "held") return worked;
  if (worked === "none") {
    await steps.take(() => days.sweep());
    if ((await steps.take(() => lookAtTables(ports))) === true) return "one";
  }
  const askedBefore = worked === "one" ? ports.now() - linksWaitMs : ports.now();
  if ((await steps.take(() => linkDue(ports, { askedBefore }))) === true) return "one";
  steps.end();
  return worked;
}
