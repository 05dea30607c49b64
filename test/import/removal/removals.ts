import { expect } from "@jest/globals";
import { openDaySweep } from "../../../functions/import/days/sweep.ts";
import { removeRows } from "../../../functions/import/load/load.ts";
import type { ToldFile } from "../../../functions/import/load/files.ts";
import type { Warehouse } from "../../../functions/warehouse.ts";
import { addImport } from "../../../functions/import/registered/imports.ts";
import { thisMachine } from "../../../functions/people/who.ts";
import { memoryDocuments } from "../../support/doubles/memory-documents.ts";
import { fileOf, header, importOf } from "../loading.ts";

/** What removing a file does, and what becomes of days, on either warehouse. */

export type Import = ReturnType<typeof importOf>;

export const ids = async (one: Import) => (await one.current()).map(([, , , id]) => id).sort();
export const states = async (one: Import) =>
  Object.fromEntries(
    (await one.rows("import_files")).map(({ name, version, state }) => [`${name} ${version}`, state]),
  );

/** @param over the warehouse that it is asked of */
export function remove(one: Import, { file_id, attempt, name }: ToldFile, over = one.ports.warehouse) {
  const arrival = one.arrival(name, Buffer.of(), { file_id, attempt: attempt + 1 });
  return removeRows({ ...one.ports, warehouse: over }, { ...arrival, removed_by: "ada" });
}

export const on = (day: string, id: string) => `2026-11-${day},deal,lead,${id},\n`;

export async function byDays(warehouse: Warehouse): Promise<void> {
  const one = importOf(warehouse, "dates", { mode: "replace_dates" });
  await one.send("1.csv", header + on("18", "a18") + on("19", "a19"));
  const second = await one.send("2.csv", header + on("18", "b18") + on("19", "b19"));
  const third = await one.send("3.csv", header + on("19", "c19"));
  expect(await ids(one)).toEqual(["b18", "c19"]);
  await remove(one, second);
  expect(await ids(one)).toEqual(["a18", "c19"]);
  expect(await states(one)).toEqual({ "1.csv 1": "imported", "2.csv 1": "removed", "3.csv 1": "imported" });
  await remove(one, third);
  expect(await ids(one)).toEqual(["a18", "a19"]);
}

export async function daysAreWritten(warehouse: Warehouse): Promise<void> {
  const one = importOf(warehouse, "written-days");
  const clock = { now: Date.parse("2026-11-20T12:00:00Z") };
  const ports = { ...one.ports, documents: memoryDocuments(), now: () => clock.now };
  await addImport(ports, thisMachine, { name: "written-days", zone: "Europe/Amsterdam" });
  const days = openDaySweep(ports);
  const written = async () =>
    (await one.rows("import_days", ["date", "state", "rows"]))
      .map(({ date, state, rows }) => [date, state, rows])
      .sort();
  await one.send("day.csv", fileOf("a", "b"), { arrived_at: Date.parse("2026-11-20T23:00:00Z") });
  for (let round = 0; round < 2; round += 1) await days.sweep();
  expect(await written()).toEqual([["2026-11-20", "on_time", 2]]);
  clock.now = Date.parse("2026-11-22T12:00:00Z");
  await days.sweep();
  expect(await written()).toEqual([
    ["2026-11-20", "on_time", 2],
    ["2026-11-21", "missing", 0],
    ["2026-11-22", "waiting", 0],
  ]);
}
