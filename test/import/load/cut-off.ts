import { expect } from "@jest/globals";
import { loadFile } from "../../../functions/import/load/load.ts";
import type { Row, Warehouse } from "../../../functions/warehouse.ts";
import { storedBytes } from "../cases.ts";
import { bad, dataset, fileOf, importOf } from "../loading.ts";

/** A warehouse that fails at its n-th call, before or after it has done what it was asked: as where a
 *  process is killed around it. */
function failing(warehouse: Warehouse, at: number, after: boolean): Warehouse {
  let calls = 0;
  const around =
    <Args extends unknown[], Result>(work: (...args: Args) => Promise<Result>) =>
    async (...args: Args) => {
      calls += 1;
      if (calls === at && !after) throw new Error("killed");
      const result = await work(...args);
      if (calls === at) throw new Error("killed");
      return result;
    };
  return {
    ...warehouse,
    openLoad(...args) {
      const { add, end } = warehouse.openLoad(...args);
      const rows: Row[] = [];
      return {
        add: async (some) => void rows.push(...some),
        end: () => (rows.length === 0 ? end() : around(() => add(rows).then(end))()),
      };
    },
    write: around(warehouse.write),
  };
}

/** Cuts the loading of a file off after each of its steps, and compares the tables with those of one that was
 *  not.
 *  @param isThorough before each step too, and in the sweep that comes last */
export async function cutEverywhere(
  warehouse: Warehouse,
  { isThorough }: { isThorough: boolean },
): Promise<void> {
  const seen = async (name: string) => {
    const one = importOf(warehouse, name);
    const files = await one.rows("import_files", [
      "name",
      "version",
      "state",
      "imported",
      "new_events",
      "removed_events",
    ]);
    const changes = await one.rows("import_day_changes", [
      "date",
      "ev",
      "rows_before",
      "rows_after",
      "added",
      "removed",
    ]);
    const held = await one.rows("backend_event_files", ["current", "version", "row_no"]);
    const rejects = await one.rows("backend_event_rejects", ["row_no", "load_id", "file_id"]);
    const counted = await one.rows("import_files", ["load_id"]);
    const those = rejects.filter((reject) => counted.some(({ load_id }) => load_id === reject["load_id"]));
    const sorted = (rows: object[]) => rows.map((row) => JSON.stringify(row)).sort();
    return {
      files: sorted(files),
      changes: sorted(changes),
      held: sorted(held),
      rejects: those.map(({ row_no }) => Number(row_no)).sort((x, y) => x - y),
      events: (await one.rows("backend_events", ["reference_id"])).map((row) => row["reference_id"]).sort(),
      current: await one.current(),
      staged: await warehouse.select({
        from: { dataset, table: "backend_events_staged" },
        limit: 10,
      }),
    };
  };
  const contents = [fileOf("a=1", "b=1", "c=1"), fileOf("b=2", "c=1", "d=1") + bad(2)];
  const undisturbed = importOf(warehouse, "undisturbed");
  for (const content of contents) await undisturbed.send("day.csv", content);
  const expected = await seen("undisturbed");
  expect(expected.staged).toEqual([]);
  expect(expected.rejects).toEqual([4, 5]);

  // The second file: staged events, bad rows, the load, the sweep.
  for (const call of isThorough ? [1, 2, 3, 4] : [1, 2, 3])
    for (const after of isThorough ? [false, true] : [true]) {
      const name = `cut-${call}-${after ? "after" : "before"}`;
      const one = importOf(warehouse, name);
      await one.send("day.csv", contents[0]!);
      const bytes = Buffer.from(contents[1]!);
      const arrival = one.arrival("day.csv", bytes);
      const load = (over: Warehouse) =>
        loadFile({ ...one.ports, warehouse: over }, one.view(), arrival, storedBytes("day.csv", bytes));
      const cut = load(failing(warehouse, call, after)).then(
        () => "loaded",
        () => "cut off",
      );
      // What is left to be swept holds up nobody.
      expect([name, await cut]).toEqual([name, call === 4 ? "loaded" : "cut off"]);
      // Before the load nothing of it is seen; after it, all of it.
      const reached = call === 4 || (call === 3 && after);
      expect([name, (await one.ids()).sort()]).toEqual([name, reached ? ["b", "c", "d"] : ["a", "b", "c"]]);
      await load(warehouse);
      await load(warehouse);
      expect([name, await seen(name)]).toEqual([name, expected]);
    }
}
