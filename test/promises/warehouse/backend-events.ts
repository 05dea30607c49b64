import { expect } from "@jest/globals";
import { backendEventFiles, backendEvents, importTable } from "../../../functions/import/tables.ts";
import { makeImportTables } from "../../../functions/import/views.ts";
import type { Value } from "../../../functions/warehouse.ts";
import { deadlineMs, type Promised } from "./setup.ts";

const usual: Record<string, Value> = {
  import_id: "crm",
  source: "upload",
  file_id: "f1",
  date: "2026-11-20",
  ev: "deal",
  reference_ev: '["lead","booking"]',
  reference_id: "A-1",
  received_at: 1,
  imported_at: 2,
};

export function backendEventsPromises(promise: Promised): void {
  promise("backend events are shown while a current file holds them", async (setup) => {
    const { warehouse, freshTable, retried, rows } = setup;
    const { dataset } = freshTable();
    await makeImportTables(warehouse, dataset);
    const add = (spec: typeof backendEvents, table: string, given: Record<string, Value>[]) =>
      retried(() =>
        warehouse.append(
          importTable(dataset, table),
          spec.columns,
          given.map((values) => spec.columns.map(({ name }) => ({ ...usual, ...values })[name] ?? null)),
          { deadlineMs },
        ),
      );
    await add(backendEvents, "backend_events", [
      { event_id: "held", value: "10.5", is_test: false },
      { event_id: "held", value: "10.5", imported_at: 3 },
      { event_id: "replaced" },
      { event_id: "of two" },
      { event_id: "hit", file_id: null, hit_id: "h", value: "-3" },
      { event_id: "test", is_test: true },
    ]);
    const held = (event_id: string, version: number, current: boolean) => ({ event_id, version, current });
    await add(backendEventFiles, "backend_event_files", [
      held("held", 1, true),
      held("replaced", 1, false),
      held("of two", 1, false),
      held("of two", 2, true),
      held("test", 1, true),
    ]);
    const current = importTable(dataset, "backend_events_current");
    const orderBy = [{ column: "event_id" }];
    const columns = ["event_id", "value"];
    const shown = await rows({ from: current, columns, orderBy, limit: 10 }, 3);
    expect(shown.map(({ event_id, value }) => [event_id, value])).toEqual([
      ["held", "10.5"],
      ["hit", "-3"],
      ["of two", null],
    ]);
    const flat = await rows({ from: importTable(dataset, "backend_events_flat"), limit: 10 }, 3);
    expect(flat.toSorted((a, b) => Number(a["value"]) - Number(b["value"]))[2]).toEqual({
      date: "2026-11-20",
      ev: "deal",
      reference_ev: "lead,booking",
      reference_id: "A-1",
      value: 10.5,
    });

    const files = warehouse.sql.table(importTable(dataset, "backend_event_files"));
    const events = warehouse.sql.table(importTable(dataset, "backend_events"));
    const id = warehouse.sql.name("event_id");
    const failing = warehouse.write(
      [`DELETE FROM ${files} WHERE TRUE`, `INSERT INTO ${events} (${id}) SELECT nothing FROM ${files}`],
      { deadlineMs },
    );
    await expect(failing).rejects.toMatchObject({ code: "statement_refused" });
    await rows({ from: current, columns, limit: 10 }, 3);
    await warehouse.write(
      [
        `DELETE FROM ${files} WHERE ${id} = ${warehouse.sql.text("held")}`,
        `UPDATE ${files} SET ${warehouse.sql.name("current")} = FALSE WHERE ${id} = 'of two'`,
      ],
      { deadlineMs },
    );
    expect(await rows({ from: current, columns, limit: 10 }, 1)).toEqual([{ event_id: "hit", value: "-3" }]);

    // A row that no repeat makes another one, and words that are no statement.
    for (const refused of [
      `DELETE FROM ${files} WHERE CAST(${warehouse.sql.text("jane")} AS DATE) IS NULL OR ${id} = 'x'`,
      `DELETE ${files} ROWS`,
    ])
      await expect(warehouse.write([refused], { deadlineMs })).rejects.toMatchObject({
        code: "statement_refused",
        status: 422,
      });
  });
}
