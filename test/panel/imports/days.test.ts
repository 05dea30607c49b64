import { expect, test } from "@jest/globals";
import { importDays, daysTableName } from "../../../functions/import/days/table.ts";
import { putFiles } from "../../support/imported.ts";
import { openImports, textOf } from "./setup.ts";

/** Whether the data of each day came in time, at 2026-11-27 14:05 in Amsterdam. */

const at = (day: number, hour: number) => Date.UTC(2026, 10, day, hour);
const file = (part: string, more: Record<string, number | string>) => ({
  file_id: `0179500000000${part}-000000000000000${part}`,
  name: `day${part}.csv`,
  rows: 1,
  imported: 1,
  rejected: 0,
  ...more,
});

async function open() {
  const panel = await openImports();
  const stored = (await panel.ports.documents.read("imports", "crm"))!;
  // Before it was there no day was expected.
  const document = { ...(stored.document as object), added_at: at(20, 12) };
  await panel.ports.documents.commit([{ kind: "imports", id: "crm", document }]);
  const of = (day: string) => ({ first_day: day, last_day: day, dates: JSON.stringify({ [day]: 5 }) });
  await putFiles(panel.warehouse, [
    file("1", { ...of("2026-11-24"), arrived_at: at(24, 23), arrived_on: "2026-11-24" }),
    file("2", { ...of("2026-11-25"), arrived_at: at(26, 4), arrived_on: "2026-11-26" }),
  ]);
  return panel;
}

test("each day is told with its state, when it was due and by which file it came", async () => {
  const { get } = await open();
  const { status, body } = await get("/imports/crm/days");
  const text = textOf(body);
  expect(status).toBe(200);
  expect(text).toMatch(/Data of 2026-11-27 is due in 11 h 54 min\./);
  expect(text).toMatch(/2026-11-26 Missing 02:00:00 not yet/);
  expect(text).toMatch(/2026-11-25 Late 3 h late 26 Nov 02:00 26 Nov 05:00 Its file of 2026-11-25/);
  expect(text).toMatch(/2026-11-24 On time 25 Nov 02:00 25 Nov 00:00/);
  expect(String(body)).toMatch(
    /class="strip" role="img" aria-label="2026-11-14 to 2026-11-27: 1 day on time; [^"]*late 2026-11-25, missing 2026-11-26"/,
  );
});

test("days are bounds, what is no day is the usual ones, and those that have not come are none", async () => {
  const { get } = await open();
  const days = async (query: string) =>
    [
      ...String((await get(`/imports/crm/days?${query}`)).body).matchAll(
        /<th scope="row" class="t">([\d-]+)</g,
      ),
    ].map(([, day]) => day);
  expect(await days("from=2026-11-24&to=2026-11-25")).toEqual(["2026-11-25", "2026-11-24"]);
  expect(await days("from=2026-11-25&to=2026-11-24")).toEqual(["2026-11-25", "2026-11-24"]);
  expect(await days("from=x&to=2026-02-31")).toHaveLength(14);
  expect(await days("from=2020-01-01&to=2026-11-25")).toHaveLength(400);
  expect(await days("from=2026-12-01&to=2026-12-02")).toEqual([]);
});

test("the list has 14 days of each import, as they were written last", async () => {
  const { get, warehouse } = await open();
  const table = { dataset: "afterclick", table: daysTableName };
  await warehouse.createTable(table, importDays);
  const row = (date: string, state: string, changed_at: number) =>
    importDays.columns.map(
      ({ name }) =>
        ({ import_id: "crm", date, state, changed_at, due_at: 1, rows: 0 })[name as "date"] ?? null,
    );
  await warehouse.append(
    table,
    importDays.columns,
    [row("2026-11-26", "missing", 5), row("2026-11-25", "late", 2), row("2026-11-25", "missing", 1)],
    { deadlineMs: 1_000 },
  );
  const { body } = await get("/imports");
  expect(String(body)).toContain(
    'aria-label="2026-11-25 to 2026-11-26: 0 days on time; late 2026-11-25, missing 2026-11-26"',
  );
  expect(textOf(body)).toContain("in 11 h 54 min data of 2026-11-27");
  expect(textOf(body)).toContain("1 of 1 import needs somebody");
  expect(textOf(body)).toContain("Data of 2026-11-26 for crm has not arrived.");
  expect(String(body)).toContain('href="/imports/crm#upload"');
});
