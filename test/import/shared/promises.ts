import { expect } from "@jest/globals";
import { tableName, type TableRef } from "../../../functions/table.ts";
import type { Warehouse } from "../../../functions/warehouse.ts";
import { addRows, makeShared, minute, openShared } from "./setup.ts";

/** The life of a shared table, the same on every ground.
 *  @param fresh a name that nobody has used */
export async function keepsUpWithTable(warehouse: Warehouse, fresh: TableRef): Promise<void> {
  await makeShared(warehouse, fresh);
  const table = tableName(fresh);
  await addRows(warehouse, fresh, [
    { id: "a" },
    { id: "a" },
    { id: "b", value: null },
    { id: "old", date: "2026-11-01" },
  ]);
  const one = await openShared(warehouse, fresh.table.toLowerCase(), { table });
  const asks = watched(one.ports.warehouse);
  Object.assign(one.ports, { warehouse: asks.warehouse });

  // Seen once it is not known whether somebody is writing just now.
  await one.after(0);
  expect(await one.files()).toEqual([]);
  await one.after(minute);
  expect(await one.files()).toEqual([[`${table}$20261120`, "imported"]]);
  expect(await one.ids()).toEqual(["a", "a", "b"]);

  // What has not changed is not read again: one question at each of the times.
  asks.count = 0;
  for (let minutes = 0; minutes < 60; minutes += 15) await one.after(15 * minute);
  expect(asks.count).toBe(0);
  await one.after(100 * minute); // 00:40 in Amsterdam
  expect(asks.count).toBe(1);

  // Late rows and corrections: days that changed are read as a whole.
  const at = warehouse.sql.table(fresh);
  const id = warehouse.sql.name("Reference-Id");
  await warehouse.write([`DELETE FROM ${at} WHERE ${id} = 'b'`], { deadlineMs: minute });
  await addRows(warehouse, fresh, [{ id: "c" }, { id: "0012", date: "2026-11-19", value: "-1.234" }]);
  await one.after(80 * minute); // 02:00
  await one.after(minute);
  await one.after(minute);
  expect(await one.ids()).toEqual(["0012", "a", "a", "c"]);
  expect((await one.files()).slice(1)).toEqual([
    [`${table}$20261119`, "imported"],
    [`${table}$20261120`, "imported"],
  ]);
  // It was there when it was due, although it was read a minute later.
  expect(await one.day("2026-11-20")).toMatchObject({ state: "on_time", rows: 3 });
}

/** Counts what is asked of the shared table. */
function watched(warehouse: Warehouse) {
  const asks = {
    count: 0,
    warehouse: {
      ...warehouse,
      extract: (...given: Parameters<Warehouse["extract"]>) => {
        asks.count += 1;
        return warehouse.extract(...given);
      },
    },
  };
  return asks;
}
