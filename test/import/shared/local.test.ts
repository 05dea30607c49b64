import { afterAll, expect, test } from "@jest/globals";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImportFields } from "../../../functions/import/registered/fields.ts";
import { statementRefused } from "../../../functions/problems.ts";
import { openWarehouse } from "../../../infra/local/warehouse/warehouse.ts";
import { column } from "../../promises/warehouse/setup.ts";
import { keepsUpWithTable } from "./promises.ts";
import { addRows, makeShared, minute, openShared } from "./setup.ts";

/** Shared tables on one machine: of its own warehouse, or files. */

const directory = await realpath(await mkdtemp(join(tmpdir(), "afterclick-test-")));
const filesDirectory = join(directory, "files");
await mkdir(join(filesDirectory, "crm"), { recursive: true });
await mkdir(join(directory, "data"));
const warehouse = await openWarehouse({ directory: join(directory, "data"), filesDirectory, log: () => {} });
afterAll(async () => {
  await warehouse.close();
  await rm(directory, { recursive: true, force: true });
});
const hour = 60 * minute;

test("a table of this warehouse is followed day by day", () =>
  keepsUpWithTable(warehouse, { dataset: "crm", table: "sales" }));

test("a correction that is taken back, a day that is emptied, and rows without a day", async () => {
  const table = { dataset: "crm", table: "taken_back" };
  await makeShared(warehouse, table);
  await addRows(warehouse, table, [{ id: "a" }, { id: "x", date: null }]);
  const one = await openShared(warehouse, "taken-back", { table: "crm.taken_back", set: { mode: "append" } });
  await one.after(0);
  await one.after(minute);
  expect(await one.files()).toEqual([
    ["crm.taken_back$20261120", "imported"],
    ["crm.taken_back$none", "failed"],
  ]);
  const at = warehouse.sql.table(table);
  const next = async (statement: string) => {
    await warehouse.write([statement], { deadlineMs: minute });
    await one.after(6 * hour);
    await one.after(minute);
    return one.ids();
  };
  expect(await next(`UPDATE ${at} SET "Reference-Id" = 'b' WHERE date IS NOT NULL`)).toEqual(["b"]);
  expect(await next(`UPDATE ${at} SET "Reference-Id" = 'a' WHERE date IS NOT NULL`)).toEqual(["a"]);
  expect(await next(`DELETE FROM ${at} WHERE TRUE`)).toEqual([]);
  // It stays empty: nothing comes again.
  const count = (await one.files()).length;
  await one.after(6 * hour);
  await one.after(minute);
  expect(await one.files()).toHaveLength(count);
});

test("a day that goes on changing is taken once it is over, and today waits for the next time", async () => {
  const table = { dataset: "crm", table: "busy" };
  await makeShared(warehouse, table);
  const one = await openShared(warehouse, "busy", { table: "crm.busy" });
  const write = (id: string) => addRows(warehouse, table, [{ id }, { id, date: "2026-11-21" }]);
  await one.after(0);
  await write("1");
  await one.after(90 * minute); // 00:30 of the 21st
  await write("2");
  await one.after(minute);
  expect(await one.files()).toEqual([]);
  await write("3");
  await one.after(minute);
  const files = [["crm.busy$20261120", "imported"]];
  expect([await one.files(), await one.ids()]).toEqual([files, ["1", "2", "3"]]);
  // It is not asked all the time.
  await write("4");
  for (let minutes = 0; minutes < 60; minutes += 15) await one.after(15 * minute);
  expect(await one.files()).toEqual(files);
  await one.after(30 * minute); // 02:02
  await one.after(minute);
  expect((await one.files()).slice(1)).toEqual([
    ["crm.busy$20261120", "imported"],
    ["crm.busy$20261121", "imported"],
  ]);
});

test.each<[string, string, Partial<ImportFields>, unknown[][]]>([
  [
    "numbers",
    "SELECT DATE '2026-11-20' AS day, 'deal' AS event, 'lead' AS ref_ev, CAST(7 AS INTEGER) AS ref_id, CAST(1.234 AS DOUBLE) AS amount",
    {},
    [["2026-11-20", "deal", ["lead"], "7", "1.234"]],
  ],
  [
    "instants",
    "SELECT TIMESTAMPTZ '2026-11-19 23:30:00+00' AS date, 'deal' AS ev, 'lead' AS reference_ev, 'a' AS reference_id",
    { convert_instants: true },
    [["2026-11-20", "deal", ["lead"], "a", null]],
  ],
  [
    "texts",
    "SELECT '20.11.2026' AS date, 'deal' AS ev, 'lead,call' AS reference_ev, 'a' AS reference_id, '1.250,5' AS value",
    { date_format: "DD.MM.YYYY", number_format: "comma", header: "none" },
    [["2026-11-20", "deal", ["lead", "call"], "a", "1250.5"]],
  ],
])("a view is read as a file is: %s", async (name, sql, set, events) => {
  await warehouse.createDataset({ dataset: "crm", table: "any" });
  await warehouse.putView({ dataset: "crm", table: name }, { kind: "written", sql, about: "a test" });
  const one = await openShared(warehouse, `v-${name}`, { table: `crm.${name}`, set });
  await one.after(0);
  await one.after(minute);
  expect(await one.looked()).not.toHaveProperty("trouble");
  expect(await one.current()).toEqual(events);
});

test("files of one folder are a table; one that is put right is read again", async () => {
  const head = "date,ev,reference_ev,reference_id,value\n";
  const row = (id: string) => `2026-11-20,deal,"lead,call",${id},"1,234.5"\n`;
  await writeFile(join(filesDirectory, "crm", "1.csv"), head + row("007"));
  await writeFile(join(filesDirectory, "crm", "2.csv"), head + row("b"));
  const one = await openShared(warehouse, "files", { table: "files:crm/*.csv" });
  await one.after(0);
  await one.after(minute);
  expect(await one.ids()).toEqual(["007", "b"]);
  await writeFile(join(filesDirectory, "crm", "2.csv"), head + row("c"));
  await one.after(6 * hour);
  await one.after(minute);
  expect(await one.ids()).toEqual(["007", "c"]);
});

test.each([
  ["crm.nothing", "table_not_there", "There is no crm.nothing"],
  ["nowhere.t", "table_not_there", "There is no nowhere.t"],
  ["afterclick.import_files", "table_not_there", "Afterclick's own"],
  ["files:none/*.csv", "table_not_there", "none/*.csv"],
  ["crm.narrow", "header_missing", '"refrence_id" looks like reference_id'],
  ["crm.typed", "ref_id_type", "its type is BOOL"],
])("%s is not read, and it is said why", async (table, code, says) => {
  await makeShared(warehouse, { dataset: "crm", table: "narrow" }, [
    column("date", "DATE"),
    column("ev", "STRING"),
    column("reference_ev", "STRING"),
    column("refrence_id", "STRING"),
  ]);
  await makeShared(warehouse, { dataset: "crm", table: "typed" }, [
    column("date", "DATE"),
    column("ev", "STRING"),
    column("reference_ev", "STRING"),
    column("reference_id", "BOOL"),
  ]);
  const one = await openShared(warehouse, "refused", { table });
  await one.after(0);
  const { trouble } = (await one.looked())!;
  expect([trouble?.code, trouble?.detail]).toEqual([code, expect.stringContaining(says)]);
  expect(one.said).toHaveLength(1);
  // Told once, tried again.
  await one.after(10 * minute);
  expect(one.said).toHaveLength(1);
  expect((await one.looked())!.looked_at).toBe(one.clock.at);
  expect((await one.looked())!.trouble?.at).toBe(trouble?.at);
});

test("a table that could not be read is read once it can be", async () => {
  const one = await openShared(warehouse, "later", { table: "crm.later" });
  await one.after(0);
  expect((await one.looked())!.trouble?.code).toBe("table_not_there");
  const table = { dataset: "crm", table: "later" };
  await makeShared(warehouse, table);
  await addRows(warehouse, table, [{ id: "a" }]);
  await one.after(10 * minute);
  await one.after(minute);
  expect(await one.looked()).not.toHaveProperty("trouble");
  expect(await one.ids()).toEqual(["a"]);
});

test("a value that the warehouse cannot read is told as the table's fault", async () => {
  await warehouse.createDataset({ dataset: "crm", table: "any" });
  const sql =
    "SELECT CAST(r AS DATE) AS date, 'deal' AS ev, 'lead' AS reference_ev, r AS reference_id FROM (SELECT 'jane' AS r)";
  await warehouse.putView({ dataset: "crm", table: "broken" }, { kind: "written", sql, about: "a test" });
  const one = await openShared(warehouse, "broken", { table: "crm.broken" });
  await one.after(0);
  expect((await one.looked())!.trouble).toMatchObject({ code: "table_refused" });
  // Whoever reads the log need not see what stands in rows.
  expect(JSON.stringify(one.said)).not.toContain("jane");
});

test("a day that cannot be read holds up no other one, and those that arrived do not come again", async () => {
  const table = { dataset: "crm", table: "one_bad_day" };
  await makeShared(warehouse, table);
  for (const date of ["2026-11-18", "2026-11-19", "2026-11-20"])
    await addRows(warehouse, table, [{ id: date, date }]);
  const read: string[] = [];
  let bad: string | undefined = "2026-11-19";
  const extract: typeof warehouse.extract = (sql, options) => {
    const day = /2026-11-(?:18|19)/.exec(sql)?.[0];
    if (day !== undefined) read.push(day);
    if (day !== undefined && day === bad) throw statementRefused({ why: "no date: 'jane'" });
    return warehouse.extract(sql, options);
  };
  const one = await openShared({ ...warehouse, extract }, "one-bad-day", { table: "crm.one_bad_day" });
  await one.after(0);
  await one.after(minute);
  const others = [
    ["crm.one_bad_day$20261118", "imported"],
    ["crm.one_bad_day$20261120", "imported"],
  ];
  expect(await one.files()).toEqual(others);
  const { trouble } = (await one.looked())!;
  expect(trouble?.code).toBe("table_refused");
  await one.after(10 * minute);
  expect(await one.files()).toEqual(others);
  expect(read.filter((day) => day === "2026-11-18")).toHaveLength(1);
  // Since when is told, and once.
  const told = one.said.filter(([level]) => level === "WARNING");
  expect([(await one.looked())!.trouble, told.length]).toEqual([trouble, 1]);
  bad = undefined;
  await one.after(10 * minute);
  expect(await one.ids()).toEqual(["2026-11-18", "2026-11-19", "2026-11-20"]);
  expect(await one.looked()).not.toHaveProperty("trouble");
});

test("of two processes one looks, and what it took is not taken twice", async () => {
  const table = { dataset: "crm", table: "two" };
  await makeShared(warehouse, table);
  await addRows(warehouse, table, [{ id: "a" }]);
  const one = await openShared(warehouse, "two", { table: "crm.two", more: { heldMs: 15 * minute } });
  await one.after(0);
  one.clock.at += minute;
  await Promise.all([one.look(), one.look()]);
  await one.after(0);
  expect(await one.files()).toEqual([["crm.two$20261120", "imported"]]);
});
