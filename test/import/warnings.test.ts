import { afterAll, expect, test } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { webEventDays } from "../../functions/import/links/tables.ts";
import { openWarehouse } from "../../infra/local/warehouse/warehouse.ts";
import { dataset, fileOf, header, importOf } from "./loading.ts";

/** What a person should look at in a file that is imported all the same. */

const directory = await mkdtemp(join(tmpdir(), "afterclick-test-"));
const warehouse = await openWarehouse({ directory, log: () => {} });
await warehouse.createDataset({ dataset, table: "" });
afterAll(async () => {
  await warehouse.close();
  await rm(directory, { recursive: true, force: true });
});

const rows = (ev: string, count: number, id = ev) =>
  Array.from({ length: count }, (_, row) => `2026-11-20,${ev},lead,${id}${row},\n`).join("");

test("a name that no event of the import has is told, with the one that was meant, and not on the first file", async () => {
  const one = importOf(warehouse, "names");
  expect((await one.send("1.csv", header + rows("deal_closed", 2))).hints).toEqual([]);
  expect((await one.send("2.csv", header + rows("deal_clsoed", 2) + rows("call", 1))).hints).toEqual([
    "New event names: deal_clsoed (2 rows; did you mean deal_closed?), call (1 row). " +
      "No event of this import has them so far.",
  ]);
  // Known by now.
  expect((await one.send("3.csv", header + rows("call", 1, "c"))).hints).toEqual([]);
  // Taken back, the mistyped name is none of the import's.
  await one.send("2.csv", header + rows("call", 1));
  expect((await one.send("4.csv", header + rows("deal_clsoed", 1, "again"))).hints).toEqual([
    "New event name: deal_clsoed (1 row; did you mean deal_closed?). No event of this import has it so far.",
  ]);
  // Another import has names of its own.
  expect((await importOf(warehouse, "names-2").send("1.csv", header + rows("call", 1))).hints).toEqual([]);
});

test("of many new names some are shown, and of a file that fails none", async () => {
  const one = importOf(warehouse, "many");
  await one.send("1.csv", header + rows("deal", 1));
  const names = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf"];
  const content = names.map((name) => rows(name, 1)).join("");
  const failed = await one.send("2.csv", header + content + "x,deal,lead,bad,\n".repeat(11));
  expect(failed).toMatchObject({ state: "failed", hints: [] });
  const [hint] = (await one.send("2.csv", header + content)).hints!;
  expect(hint).toContain("echo (1 row), and 2 more.");
});

test("an id that is the name of a web event is told, and where there are many of them the file fails", async () => {
  const one = importOf(warehouse, "ids");
  const table = { dataset, table: "web_event_days" };
  await warehouse.createTable(table, webEventDays);
  const day = ["site", "2026-11-20", "booking", 1, 0];
  await warehouse.append(table, webEventDays.columns, [day], { deadlineMs: 60_000 });
  const few = await one.send("1.csv", fileOf(...Array.from({ length: 19 }, (_, id) => `id${id}`), "booking"));
  expect(few).toMatchObject({ state: "imported" });
  expect(few.hints).toEqual([
    expect.stringContaining("In 1 of 20 rows reference_id is the name of an event"),
  ]);
  expect(await one.send("2.csv", fileOf("a", "booking"))).toMatchObject({
    state: "failed",
    code: "id_is_event_name",
  });
});

test("the bytes of another file under the name of one with rows take its place: rows go by an empty file too", async () => {
  const one = importOf(warehouse, "withdrawn");
  await one.send("1.csv", fileOf("a", "b"));
  await one.send("2.csv", header);
  expect(await one.send("3.csv", header)).toMatchObject({ state: "duplicate" });
  expect(await one.send("1.csv", header)).toMatchObject({ state: "imported", rows: 0, removed_events: 2 });
  expect(await one.current()).toEqual([]);
  expect(await one.send("1.csv", header)).toMatchObject({ state: "duplicate" });
});

test("ids that are words for nothing are told from the hundredth part on", async () => {
  const one = importOf(warehouse, "nothing");
  const ids = (count: number) => Array.from({ length: count }, (_, id) => `id${id}`);
  expect((await one.send("1.csv", fileOf(...ids(99), "NULL"))).hints).toEqual([]);
  expect((await one.send("2.csv", fileOf(...ids(98), "NULL"))).hints).toEqual([
    expect.stringContaining("list it under the NULL words"),
  ]);
});
