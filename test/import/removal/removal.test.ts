import { afterAll, expect, test } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ToldFile } from "../../../functions/import/load/files.ts";
import type { Warehouse } from "../../../functions/warehouse.ts";
import { openWarehouse } from "../../../infra/local/warehouse/warehouse.ts";
import { dataset, fileOf, header, importOf } from "../loading.ts";
import { byDays, daysAreWritten, ids, on, type Import, remove, states } from "./removals.ts";

const directory = await mkdtemp(join(tmpdir(), "afterclick-test-"));
const warehouse = await openWarehouse({ directory, log: () => {} });
await warehouse.createDataset({ dataset, table: "" });
afterAll(async () => {
  await warehouse.close();
  await rm(directory, { recursive: true, force: true });
});

test("removing a correction puts back the version before it, and removing that one leaves nothing", async () => {
  const one = importOf(warehouse, "correction");
  const first = await one.send("day.csv", fileOf("a=1", "b=1"));
  const second = await one.send("day.csv", fileOf("a=1", "c=1"));
  expect(await remove(one, second)).toMatchObject({ state: "removed", removed_by: "ada" });
  expect(await ids(one)).toEqual(["a", "b"]);
  expect(await states(one)).toEqual({ "day.csv 1": "imported", "day.csv 2": "removed" });
  const changes = await one.rows("import_day_changes");
  expect(changes.toSorted((x, y) => Number(x["changed_at"]) - Number(y["changed_at"])).at(-1)).toMatchObject({
    date: "2026-11-20",
    ev: "deal",
    rows_before: 2,
    rows_after: 2,
    added: 1,
    removed: 1,
    file_id: second.file_id,
  });
  await remove(one, first);
  expect(await ids(one)).toEqual([]);
  expect(await states(one)).toEqual({ "day.csv 1": "removed", "day.csv 2": "removed" });
});

test("the same bytes are read anew after their file was removed", async () => {
  const one = importOf(warehouse, "again");
  const first = await one.send("day.csv", fileOf("a"));
  expect(await one.send("other.csv", fileOf("a"))).toMatchObject({ state: "duplicate" });
  await remove(one, first);
  expect(await one.send("other.csv", fileOf("a"))).toMatchObject({ state: "imported", new_events: 1 });
  expect(await ids(one)).toEqual(["a"]);
});

test("an event stays while another file holds it", async () => {
  const one = importOf(warehouse, "shared");
  const first = await one.send("1.csv", fileOf("a", "b"));
  await one.send("2.csv", fileOf("b", "c"));
  await remove(one, first);
  expect(await ids(one)).toEqual(["b", "c"]);
});

test("an empty file that took rows back gives them again, and one that was superseded comes back as well", async () => {
  const one = importOf(warehouse, "empty");
  await one.send("day.csv", `${fileOf("a")}x,deal,lead,bad,\n`);
  const empty = await one.send("day.csv", header);
  expect(await ids(one)).toEqual([]);
  await one.send("day.csv", fileOf("b"));
  const third = (await one.rows("import_files")).find(({ version }) => version === 3) as unknown as ToldFile;
  await remove(one, third);
  expect(await ids(one)).toEqual([]);
  expect(await states(one)).toMatchObject({ "day.csv 2": "imported" });
  await remove(one, empty);
  expect(await ids(one)).toEqual(["a"]);
  expect(await states(one)).toMatchObject({ "day.csv 1": "imported_with_rejects" });
});

test("a version between two others goes without a trace: the newest holds, and behind it comes the oldest", async () => {
  const one = importOf(warehouse, "between");
  const [, second, third] = [
    await one.send("day.csv", fileOf("a")),
    await one.send("day.csv", fileOf("b")),
    await one.send("day.csv", fileOf("c")),
  ];
  await remove(one, second);
  expect(await ids(one)).toEqual(["c"]);
  expect(await states(one)).toEqual({
    "day.csv 1": "superseded",
    "day.csv 2": "removed",
    "day.csv 3": "imported",
  });
  await remove(one, third);
  expect(await ids(one)).toEqual(["a"]);
  expect(await states(one)).toMatchObject({ "day.csv 1": "imported", "day.csv 3": "removed" });
});

test("a snapshot that is removed brings back all that it removed", async () => {
  const one = importOf(warehouse, "snapshot", { mode: "snapshot" });
  await one.send("1.csv", fileOf("a", "b", "c", "d"));
  const second = await one.send("2.csv", fileOf("c", "d"));
  expect(await ids(one)).toEqual(["c", "d"]);
  await remove(one, second);
  expect(await ids(one)).toEqual(["a", "b", "c", "d"]);
  expect(await states(one)).toEqual({ "1.csv 1": "imported", "2.csv 1": "removed" });
});

test("by days: what a file replaced comes back for each day that no later file holds", () =>
  byDays(warehouse));

test("by days: a file of which a later one holds all stays superseded when the one between them goes", async () => {
  const one = importOf(warehouse, "dates-chain", { mode: "replace_dates" });
  await one.send("1.csv", header + on("19", "a19"));
  const second = await one.send("2.csv", header + on("18", "b18") + on("19", "b19"));
  const third = await one.send("3.csv", header + on("19", "c19"));
  await remove(one, second);
  expect(await states(one)).toMatchObject({ "1.csv 1": "superseded" });
  await remove(one, third);
  expect(await ids(one)).toEqual(["a19"]);
  expect(await states(one)).toMatchObject({ "1.csv 1": "imported" });
});

test("days are written once, and again where they are others", () => daysAreWritten(warehouse));

test("cut off before or after its write, and done once more, it gives the tables of one that was not", async () => {
  const seen = async (one: Import) => {
    const sorted = async (table: string, ...columns: string[]) =>
      (await one.rows(table, columns)).map((row) => JSON.stringify(row)).sort();
    return {
      current: await one.current(),
      states: await states(one),
      held: await sorted("backend_event_files", "current", "version", "row_no"),
      changes: await sorted("import_day_changes", "date", "rows_before", "rows_after", "added", "removed"),
      staged: await warehouse.select({ from: { dataset, table: "backend_events_staged" }, limit: 10 }),
    };
  };
  const corrected = async (name: string) => {
    const one = importOf(warehouse, name);
    await one.send("day.csv", fileOf("a=1", "b=1"));
    return { one, file: await one.send("day.csv", fileOf("b=1", "c=1")) };
  };
  const { one: calm, file } = await corrected("calm");
  await remove(calm, file);
  const expected = await seen(calm);
  expect(expected.states).toEqual({ "day.csv 1": "imported", "day.csv 2": "removed" });
  for (const after of [false, true]) {
    const { one, file: cut } = await corrected(`cut-${after ? "after" : "before"}`);
    const write: Warehouse["write"] = async (...given) => {
      if (after) await warehouse.write(...given);
      throw new Error("killed");
    };
    await expect(remove(one, cut, { ...warehouse, write })).rejects.toThrow("killed");
    for (let round = 0; round < 2; round += 1) await remove(one, cut);
    expect(await seen(one)).toEqual(expected);
  }
});
