import { afterAll, expect, test } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openWarehouse } from "../../infra/local/warehouse/warehouse.ts";
import { cutEverywhere } from "./load/cut-off.ts";
import { bad, dataset, fileOf, header, importOf } from "./loading.ts";
import { follow, sequences } from "./sequences.ts";

const directory = await mkdtemp(join(tmpdir(), "afterclick-test-"));
const warehouse = await openWarehouse({ directory, log: () => {} });
await warehouse.createDataset({ dataset, table: "" });
afterAll(async () => {
  await warehouse.close();
  await rm(directory, { recursive: true, force: true });
});

test("there are 11 sequences", () => {
  expect(sequences).toHaveLength(11);
});

test.each(sequences)("the sequence %s gives what it must after each file", (sequence) =>
  follow(warehouse, sequence),
);

test("mode append: a file of the same name takes nothing back", async () => {
  const one = importOf(warehouse, "append", { mode: "append" });
  await one.send("day.csv", fileOf("a", "b"));
  expect(await one.send("day.csv", fileOf("b", "c"))).toMatchObject({
    new_events: 1,
    removed_events: 0,
    version: 2,
  });
  expect(await one.ids()).toEqual(["a", "b", "c"]);
});

test("mode replace_dates: other files lose the days that a file holds, and only those", async () => {
  const one = importOf(warehouse, "dates", { mode: "replace_dates" });
  const other = "2026-11-19,deal,lead,old,\n";
  await one.send("both.csv", fileOf("a") + other);
  const told = await one.send("part-2.csv", fileOf("b"));
  expect(told).toMatchObject({ state: "imported", new_events: 1, removed_events: 1 });
  expect(await one.ids()).toEqual(["old", "b"]);
  const states = async () =>
    Object.fromEntries((await one.rows("import_files")).map(({ name, state }) => [name, state]));
  expect(await states()).toEqual({ "both.csv": "imported", "part-2.csv": "imported" });
  // Not all of it is there any more: the same bytes put it back.
  expect(await one.send("both.csv", fileOf("a") + other)).toMatchObject({ state: "imported", new_events: 1 });
  expect(await one.ids()).toEqual(["old", "a"]);
  expect(await states()).toMatchObject({ "part-2.csv": "superseded" });
});

test("mode snapshot: what the newest file does not hold is gone, and much less than is there waits for a person", async () => {
  const one = importOf(warehouse, "snapshot", { mode: "snapshot" });
  await one.send("1.csv", fileOf("a", "b", "c"));
  expect(await one.send("2.csv", fileOf("b", "c", "d"))).toMatchObject({ new_events: 1, removed_events: 1 });
  expect(await one.ids()).toEqual(["b", "c", "d"]);
  for (const [name, content] of [
    ["3.csv", fileOf("e")],
    ["4.csv", header],
  ] as const)
    expect(await one.send(name, content)).toMatchObject({ state: "waiting", code: "snapshot_too_small" });
  expect(await one.ids()).toEqual(["b", "c", "d"]);
  const waiting = (await one.rows("import_files")).find(({ name }) => name === "3.csv")!;
  const anyway = { file_id: String(waiting["file_id"]), attempt: 2, anyway_by: "ada" };
  expect(await one.send("3.csv", fileOf("e"), anyway)).toMatchObject({
    state: "imported",
    version: 1,
    new_events: 1,
    removed_events: 3,
  });
  expect(await one.ids()).toEqual(["e"]);
});

test("a file with too many bad rows is not imported, its rows are told, and a person may have it anyway", async () => {
  const one = importOf(warehouse, "threshold");
  const content = fileOf("a", "b") + bad(11);
  const told = await one.send("day.csv", content);
  expect(told).toMatchObject({ state: "failed", code: "too_many_rejects", rejected: 11, imported: 0 });
  expect(await one.current()).toEqual([]);
  expect(await one.rows("backend_event_files")).toEqual([]);
  const rejects = await one.rows("backend_event_rejects");
  expect(rejects.filter(({ load_id }) => load_id === told.load_id)).toHaveLength(11);
  expect(rejects).toContainEqual(
    expect.objectContaining({ row_no: 3, line_first: 4, raw: "x,deal,lead,bad0," }),
  );
  const again = await one.send("day.csv", content, { file_id: told.file_id, attempt: 2, anyway_by: "ada" });
  expect(again).toMatchObject({ state: "imported_with_rejects", imported: 2, new_events: 2, attempt: 2 });
  expect(await one.rows("import_files")).toHaveLength(1);
  expect(await one.ids()).toEqual(["a", "b"]);
});

test("days that changed are told with what came and what went, also where their number stays", async () => {
  const one = importOf(warehouse, "changes");
  await one.send("day.csv", fileOf("a=1", "b=1"));
  const told = await one.send("day.csv", fileOf("a=2", "b=1"));
  const changes = await one.rows("import_day_changes");
  expect(changes.toSorted((x, y) => Number(x["changed_at"]) - Number(y["changed_at"]))).toMatchObject([
    { date: "2026-11-20", ev: "deal", rows_before: 0, rows_after: 2, added: 2, removed: 0 },
    { rows_before: 2, rows_after: 2, added: 1, removed: 1, file_id: told.file_id },
  ]);
  await one.send("day.csv", fileOf("b=1", "a=2"));
  expect(await one.rows("import_day_changes")).toHaveLength(2);
});

test("whatever step is cut off, and however often, the file that comes again gives the tables of one that was not", () =>
  cutEverywhere(warehouse, { isThorough: true }));

test.each(["\\u0000", "\\ud800", "a\\\\u0000"])(
  "a bad cell of the characters %s is told, and holds up nothing",
  async (cell) => {
    const one = importOf(warehouse, `cell-${Buffer.from(cell).toString("hex")}`);
    const told = await one.send("day.csv", `${fileOf("a")}${cell},deal,lead,b,\n`);
    expect(told).toMatchObject({ state: "imported_with_rejects", rejected: 1 });
    const [row] = await one.rows("backend_event_rejects");
    expect(JSON.parse(String(row!["faults"]))).toMatchObject([{ field: "date", value: cell }]);
  },
);

test("half a character in what is told of a file is replaced", async () => {
  const one = importOf(warehouse, "told-odd");
  // Cut where half of the last character would stay.
  const more = `${"x".repeat(499)}😀`;
  const told = await one.send("day.csv", `${header.trim()},${more}\n2026-11-20,deal,lead,a,,\n`);
  expect(told).toMatchObject({ state: "imported" });
  expect(told.columns?.at(-1)).toBe(`${"x".repeat(499)}\ufffd`);
});
