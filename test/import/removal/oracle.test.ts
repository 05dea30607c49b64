import { afterAll, expect, test } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ToldFile } from "../../../functions/import/load/files.ts";
import { type Mode, modes } from "../../../functions/import/registered/fields.ts";
import { openWarehouse } from "../../../infra/local/warehouse/warehouse.ts";
import { dataset, header, importOf } from "../loading.ts";
import { ids, on, remove } from "./removals.ts";

/** Whatever is sent and removed in whatever order: what is there is what would be there if the removed files
 *  had never been sent. */

const directory = await mkdtemp(join(tmpdir(), "afterclick-test-"));
const warehouse = await openWarehouse({ directory, log: () => {} });
await warehouse.createDataset({ dataset, table: "" });
afterAll(async () => {
  await warehouse.close();
  await rm(directory, { recursive: true, force: true });
});

interface Sent {
  readonly name: string;
  readonly mode: Mode;
  /** `18/a`: the day and the id. */
  readonly rows: readonly string[];
  readonly told: ToldFile;
}

/** Sends them anew, in a way that anybody can follow. */
function replayed(sent: readonly Sent[]) {
  let held: { of: Sent; row: string }[] = [];
  const superseded = new Set<Sent>();
  for (const [place, file] of sent.entries()) {
    const { name, mode, rows } = file;
    const days = new Set(rows.map((row) => row.split("/")[0]));
    const isReplaced = ({ of, row }: (typeof held)[number]) =>
      ({
        append: false,
        correct: of.name === name,
        replace_dates: days.has(row.split("/")[0]),
        snapshot: true,
      })[mode];
    held = held.filter((one) => !isReplaced(one));
    for (const before of sent.slice(0, place)) {
      const isEmptied = before.rows.length > 0 && !held.some(({ of }) => of === before);
      if (
        mode === "snapshot" ||
        (mode === "correct" && before.name === name) ||
        (mode === "replace_dates" && isEmptied)
      )
        superseded.add(before);
    }
    held.push(...rows.map((row) => ({ of: file, row })));
  }
  return {
    there: [...new Set(held.map(({ row }) => row.split("/")[1]!))].sort(),
    superseded: [...superseded].map(({ told }) => told.file_id).sort(),
  };
}

/** The same numbers for the same seed. */
function drawing(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const steps = 12;
/** The odd ones change the mode between files. */
const seeds = [1, 2, 11, 12, 123];

test.each(seeds)("sent and removed at random (%i)", async (seed) => {
  const draw = drawing(seed);
  const one = importOf(warehouse, `drawn-${seed}`);
  let sent: Sent[] = [];
  const story: string[] = [];
  const kept = modes[draw(modes.length)]!;
  for (let step = 0; step < steps; step += 1) {
    if (sent.length > 0 && draw(3) === 0) {
      const gone = sent[draw(sent.length)]!;
      await remove(one, gone.told);
      sent = sent.filter((file) => file !== gone);
      story.push(`remove ${gone.name} of ${gone.rows.join(" ")}`);
    } else {
      const mode = seed % 2 === 0 ? kept : modes[draw(modes.length)]!;
      one.set({ mode });
      const name = `${draw(3)}.csv`;
      const rows = ["18/a", "18/b", "19/c", "19/d", "20/e"].filter(() => draw(2) === 0);
      // Its own row makes its bytes those of no other file.
      const own = `${18 + draw(3)}/own${step}`;
      const all = draw(6) === 0 ? [] : [...rows, own];
      const content = all.map((row) => on(...(row.split("/") as [string, string]))).join("");
      // A header alone: blank lines make it another one.
      const told = await one.send(name, header + content + "\n".repeat(all.length === 0 ? step + 1 : 0));
      if (told.state === "imported") sent.push({ name, mode, rows: all, told });
      story.push(`${mode} ${name} ${all.join(" ")} -> ${told.state}`);
    }
    const files = await one.rows("import_files", ["file_id", "state"]);
    const superseded = files.filter(({ state }) => state === "superseded").map(({ file_id }) => file_id);
    expect({ story, there: await ids(one), superseded: superseded.sort() }).toEqual({
      story,
      ...replayed(sent),
    });
  }
  const changes = await one.rows("import_day_changes");
  const sum = (field: string) => changes.reduce((total, row) => total + Number(row[field]), 0);
  expect(sum("added") - sum("removed")).toBe(replayed(sent).there.length);
});
