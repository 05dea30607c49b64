import { is } from "./choose.ts";
import { selectStates } from "./states.ts";
import type { LetterPorts } from "./store.ts";

/** What became of the letters that a job sent: deliver notes it later, one by one, so it is counted when
 *  somebody asks and kept nowhere. It reads the view of the letters: not once a second while a job runs. */
export interface Outcome {
  readonly sent: number;
  /** A row by now. */
  readonly written: number;
  /** A dead letter again, which waits. */
  readonly failed_again: number;
  /** Neither, so far. */
  readonly on_their_way: number;
  /** Failed again, and then somebody gave them up, or replayed them once more: what became of them is told
   *  there. */
  readonly discarded: number;
  readonly replayed_again: number;
}

/** @param done how many it counted itself: fewer than it sent where a process was killed
 *  @throws warehouse_down, table_forbidden */
export async function outcomeOf(
  ports: LetterPorts,
  { id, done }: { id: string; done: number },
): Promise<Outcome> {
  const rows = await selectStates(ports, {
    columns: ["state"],
    measures: { letters: { is: "count" } },
    where: is("job", id),
    limit: 10,
  });
  const found = new Map(rows.map((row) => [row["state"], Number(row["letters"])]));
  const inState = (state: string) => found.get(state) ?? 0;
  const shown = [...found.values()].reduce((sum, letters) => sum + letters, 0);
  const sent = Math.max(done, shown);
  return {
    sent,
    written: inState("delivered"),
    failed_again: inState("waiting"),
    on_their_way: inState("replaying"),
    discarded: inState("discarded"),
    // A letter is found under the job that replayed it last.
    replayed_again: sent - shown,
  };
}
