import { afterAll, expect, test } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listDays, readDays } from "../../../functions/import/days/days.ts";
import { openDaySweep } from "../../../functions/import/days/sweep.ts";
import { receiveFile } from "../../../functions/import/load/arrivals.ts";
import { ifThere } from "../../../functions/import/load/files.ts";
import { lastRun } from "../../../functions/import/links/automatic/runs.ts";
import { workOnNext } from "../../../functions/import/next.ts";
import { readLooked } from "../../../functions/import/shared/state.ts";
import { importTroubles } from "../../../functions/import/days/troubles.ts";
import { lookAtFile } from "../../../functions/import/load/views.ts";
import type { DuePorts } from "../../../functions/import/links/automatic/due.ts";
import { workOnOldest, type WorkPorts } from "../../../functions/import/load/work.ts";
import { addImport, changeImport, findImport } from "../../../functions/import/registered/imports.ts";
import { thisMachine } from "../../../functions/people/who.ts";
import { startImports } from "../../../infra/local/imports.ts";
import { openWarehouse } from "../../../infra/local/warehouse/warehouse.ts";
import { memoryDocuments } from "../../support/doubles/memory-documents.ts";
import { memoryFiles } from "../../support/doubles/memory-files.ts";
import { until } from "../../support/until.ts";
import { putFiles } from "../../support/imported.ts";
import { dataset, fileOf, header, importOf } from "../loading.ts";

const directory = await mkdtemp(join(tmpdir(), "afterclick-test-"));
const warehouse = await openWarehouse({ directory, log: () => {} });
await warehouse.createDataset({ dataset, table: "" });
afterAll(async () => {
  await warehouse.close();
  await rm(directory, { recursive: true, force: true });
});

/** An import that there is since 18 November 2026, on a clock that is set. */
async function open(name: string) {
  const clock = { now: Date.parse("2026-11-18T12:00:00Z") };
  const one = importOf(warehouse, name);
  const writes: (readonly string[])[] = [];
  const ports: WorkPorts & DuePorts = {
    ...one.ports,
    defaultDataset: "main",
    warehouse: {
      ...warehouse,
      write: (statements, options) => {
        writes.push(statements);
        return warehouse.write(statements, options);
      },
    },
    documents: memoryDocuments(),
    keptFiles: memoryFiles(() => clock.now),
    now: () => clock.now,
    log: () => undefined,
  };
  await addImport(ports, thisMachine, { name, zone: "Europe/Amsterdam" });
  const arrive = (at: string, fileName: string, content: string) => {
    clock.now = Date.parse(at);
    return receiveFile({ ...ports, arrived: () => undefined }, thisMachine, {
      importName: name,
      name: fileName,
      bytes: (async function* () {
        yield Buffer.from(content);
      })(),
    });
  };
  return {
    one,
    ports,
    clock,
    writes,
    arrive,
    async send(...given: Parameters<typeof arrive>) {
      const file = await arrive(...given);
      await workOnOldest(ports);
      return file;
    },
    async days(from: string, to: string) {
      const days = await listDays(ports, name, { from, to });
      return days.map(({ date, state, rows }) => [date, state, rows]);
    },
    async written() {
      const rows = await ifThere(one.rows("import_days", ["date", "state", "rows", "late_by"]));
      return (rows ?? [])
        .map(({ date, state, rows: events, late_by }) => [date, state, events, late_by])
        .sort((x, y) => (String(x[0]) < String(y[0]) ? -1 : 1));
    },
  };
}

test("before the first file days are waited for and missing, and days before the import are nobody's", async () => {
  const { days, clock, ports } = await open("none");
  clock.now = Date.parse("2026-11-20T12:00:00Z");
  expect(await days("2026-11-16", "2026-11-25")).toEqual([
    ["2026-11-16", "not_expected", 0],
    ["2026-11-17", "not_expected", 0],
    ["2026-11-18", "missing", 0],
    ["2026-11-19", "missing", 0],
    ["2026-11-20", "waiting", 0],
  ]);
  expect((await listDays(ports, "none", {})).map(({ date }) => date).slice(0, 1)).toEqual(["2026-11-07"]);
  expect(await listDays(ports, "none", { from: "2026-11-21" })).toEqual([]);
});

test("days that are none, or too many, are refused", async () => {
  const { ports } = await open("refused");
  for (const [asked, says] of [
    [{ from: "2026-02-30" }, "no day"],
    [{ from: "0001-01-01", to: "0001-01-02" }, "no day"],
    [{ from: "2025-01-01", to: "2026-11-01" }, "400 days"],
  ] as const)
    await expect(listDays(ports, "refused", asked)).rejects.toMatchObject({
      code: "request_refused",
      message: expect.stringContaining(says),
    });
});

test("what became of the files says what became of the days, and is written with each file", async () => {
  const { send, days, written, clock, ports, one } = await open("files");
  const other = (day: string) => `${header}${day},deal,lead,a,\n`;
  await send("2026-11-18T23:30:00Z", "mon.csv", other("2026-11-18"));
  // An empty file has the same bytes every day, so that the second one is a duplicate.
  await send("2026-11-19T23:30:00Z", "empty_2026-11-19.csv", header);
  clock.now = Date.parse("2026-11-20T23:30:00Z");
  await send("2026-11-20T23:30:00Z", "fri.csv", header);
  await send("2026-11-22T00:10:00Z", "2026-11-21.csv", "no header\n");
  const late = await send("2026-11-23T04:10:00Z", "sun.csv", other("2026-11-22"));
  const expected = [
    ["2026-11-18", "on_time", 1],
    ["2026-11-19", "on_time_empty", 0],
    ["2026-11-20", "on_time_empty", 0],
    ["2026-11-21", "failed_file", 0],
    ["2026-11-22", "late", 1],
  ];
  expect(await days("2026-11-18", "2026-11-22")).toEqual(expected);
  expect((await one.rows("import_files")).map(({ state }) => state)).toContain("duplicate");
  expect((await written()).map(([date, state, rows]) => [date, state, rows])).toEqual(expected);
  expect(await lookAtFile(ports, "files", late.file_id)).toMatchObject({
    late_days: [{ date: "2026-11-22", late_by: 11_400_000 }],
  });
  // A correction changes what was delivered, and not when.
  await send("2026-11-23T05:00:00Z", "sun.csv", `${other("2026-11-22")}2026-11-22,deal,lead,b,\n`);
  expect(await written()).toContainEqual(["2026-11-22", "late", 2, 11_400_000]);
  // It loses the day altogether.
  await send("2026-11-23T06:00:00Z", "sun.csv", other("2026-11-21"));
  expect(await days("2026-11-21", "2026-11-22")).toEqual([
    ["2026-11-21", "late", 1],
    ["2026-11-22", "missing", 0],
  ]);
  expect(await written()).toContainEqual(["2026-11-22", "missing", 0, null]);
});

test("a file that arrived in time is in time, however long it waits for its turn", async () => {
  const { arrive, ports, days, clock } = await open("turn");
  await arrive("2026-11-21T00:59:59Z", "day.csv", fileOf("a"));
  clock.now = Date.parse("2026-11-21T09:00:00Z");
  expect(await days("2026-11-20", "2026-11-20")).toEqual([["2026-11-20", "waiting", 0]]);
  await workOnOldest(ports);
  expect(await days("2026-11-20", "2026-11-20")).toEqual([["2026-11-20", "on_time", 1]]);
});

test("where the work ends between the rows of a file and its days, these are written when it goes on", async () => {
  const { arrive, ports, written } = await open("cut");
  await arrive("2026-11-19T00:30:00Z", "day.csv", `${header}2026-11-18,deal,lead,a,\n`);
  const cut: WorkPorts = {
    ...ports,
    warehouse: {
      ...warehouse,
      write: (statements, options) =>
        statements.some((sql) => sql.includes("import_days"))
          ? Promise.reject(new Error("killed"))
          : warehouse.write(statements, options),
    },
  };
  await expect(workOnOldest(cut)).rejects.toThrow("killed");
  expect(await written()).toEqual([]);
  await workOnOldest(ports);
  expect(await written()).toEqual([["2026-11-18", "on_time", 1, null]]);
});

test("the sweep writes what time changes, once, and in a process that begins anew all that was missed", async () => {
  const { ports, written, writes, clock } = await open("sweep");
  const sweeping = openDaySweep(ports);
  const states = async () => (await written()).map(([date, state]) => [date, state]);
  await sweeping.sweep();
  expect(await states()).toEqual([["2026-11-18", "waiting"]]);
  const count = writes.length;
  clock.now = Date.parse("2026-11-18T22:59:00Z");
  await sweeping.sweep();
  expect(writes).toHaveLength(count);
  // A day begins, and one is not here by its deadline.
  clock.now = Date.parse("2026-11-18T23:00:00Z");
  await sweeping.sweep();
  expect(await states()).toEqual([
    ["2026-11-18", "waiting"],
    ["2026-11-19", "waiting"],
  ]);
  clock.now = Date.parse("2026-11-19T01:00:00Z");
  await sweeping.sweep();
  expect(await states()).toEqual([
    ["2026-11-18", "missing"],
    ["2026-11-19", "waiting"],
  ]);
  // Nobody looked for ten days.
  clock.now = Date.parse("2026-11-29T12:00:00Z");
  await openDaySweep(ports).sweep();
  expect(await states()).toHaveLength(12);
  expect((await states()).slice(-2)).toEqual([
    ["2026-11-28", "missing"],
    ["2026-11-29", "waiting"],
  ]);
});

test("documents that somebody made by hand and that cannot be used are none, and stop nobody else's days", async () => {
  const { ports, written } = await open("right");
  const right = { zone: "UTC", added_at: 1, added_by: "x" };
  for (const [field, value] of Object.entries({
    due: "7:00",
    zone: "Nowhere",
    expected: ["monday"],
    holidays: "2026-11-20",
    rows_min: "1",
    table: "a b; c",
    null_words: [7],
    web_events: { table: 7 },
  })) {
    await ports.documents.commit([
      { kind: "imports", id: "a-wrong-one", document: { ...right, [field]: value } },
    ]);
    await openDaySweep(ports).sweep();
    const found = findImport(ports, "a-wrong-one");
    await expect(found.then(() => field)).rejects.toMatchObject({ code: "import_unknown" });
  }
  expect((await written()).map(([date]) => date)).toEqual(["2026-11-18"]);
  // What need not be set may be set to nothing.
  const document = { ...right, rows_min: null, table: null, unknown: 7 };
  await ports.documents.commit([{ kind: "imports", id: "a-bare-one", document }]);
  expect(await findImport(ports, "a-bare-one")).toMatchObject({ due: "02:00" });
});

test("what is wrong with one import stops no other one, and is told once the rest is done", async () => {
  const { ports, written, clock } = await open("sound");
  const document = {
    zone: "UTC",
    table: "nowhere.t",
    web_events: { table: "nowhere.t" },
    added_at: clock.now,
  };
  await ports.documents.commit(
    ["a-faulty", "sound"].map((id) => ({ kind: "imports" as const, id, document })),
  );
  const { documents } = ports;
  const faulty: typeof ports = {
    ...ports,
    documents: {
      ...documents,
      read(kind, id) {
        if (id.endsWith("a-faulty")) throw new Error(`${id} cannot be read.`);
        return documents.read(kind, id);
      },
    },
    warehouse: {
      ...ports.warehouse,
      select(query) {
        if (JSON.stringify(query).includes("a-faulty")) throw new Error("Its days cannot be read.");
        return ports.warehouse.select(query);
      },
    },
  };
  const sweeping = openDaySweep(faulty);
  expect(await workOnNext(faulty, sweeping)).toBe("one");
  await expect(workOnNext(faulty, sweeping)).rejects.toThrow("Its days cannot be read.");
  expect((await written()).map(([date]) => date)).toEqual(["2026-11-18"]);
  expect((await readLooked(ports, "sound"))?.looked.trouble?.code).toBe("table_not_there");
  expect(await lastRun(ports, "sound")).toMatchObject({ code: expect.any(String) });
  const unread: string[] = [];
  const troubles = await importTroubles(faulty, (name) => unread.push(name));
  expect([troubles.map(({ name }) => name), unread]).toEqual([["sound"], ["a-faulty"]]);
});

test("where it is kept, a process that begins writes nothing that another one wrote, and what comes then", async () => {
  const { ports, written, writes, clock } = await open("kept");
  const sweep = () => openDaySweep(ports, { isKept: true }).sweep();
  await sweep();
  const count = writes.length;
  await sweep();
  expect(writes).toHaveLength(count);
  clock.now = Date.parse("2026-11-19T01:00:00Z");
  await sweep();
  expect((await written()).map(([date, state]) => [date, state])).toEqual([
    ["2026-11-18", "missing"],
    ["2026-11-19", "waiting"],
  ]);
});

test("a running product tells by itself that a day is missing", async () => {
  const { ports, written, clock } = await open("running");
  const last = async () => (await written()).at(-1)?.slice(0, 2);
  const running = startImports(directory, ports, { everyMs: 5 });
  try {
    await until(async () => (await last())?.[1] === "waiting");
    clock.now = Date.parse("2026-11-19T01:00:00Z");
    await until(async () => (await written()).some(([, state]) => state === "missing"));
    expect(await last()).toEqual(["2026-11-19", "waiting"]);
  } finally {
    await running.stop();
  }
});

test("what is set on an import holds for days before it too, also in the table", async () => {
  const { ports, written, clock } = await open("set");
  clock.now = Date.parse("2026-11-21T02:00:00Z");
  const sweeping = openDaySweep(ports);
  await sweeping.sweep();
  const last = async () => (await written()).slice(-2).map(([date, state]) => [date, state]);
  expect(await last()).toEqual([
    ["2026-11-20", "missing"],
    ["2026-11-21", "waiting"],
  ]);
  await changeImport(ports, thisMachine, "set", { due: "04:00", holidays: ["2026-11-21"] });
  await sweeping.sweep();
  expect(await last()).toEqual([
    ["2026-11-20", "waiting"],
    ["2026-11-21", "not_expected"],
  ]);
});

test("of more files than are read at once none is left out", async () => {
  const { ports, one, clock } = await open("many");
  clock.now = Date.parse("2026-11-21T00:00:00Z");
  // One a minute: the oldest of a week lie behind the first 10,000.
  const files = Array.from({ length: 8 * 1_440 }, (_, back) => {
    const arrived_at = clock.now - 1 - back * 60_000;
    const day = new Date(arrived_at).toISOString().slice(0, 10);
    const file_id = `${String(arrived_at).padStart(14, "0")}-many`;
    const dates = { dates: JSON.stringify({ [day]: 1 }), first_day: day, last_day: day, arrived_on: day };
    return { ...dates, file_id, import_id: "many", arrived_at };
  });
  await putFiles(warehouse, files);
  const days = await readDays(ports, one.view(), { first: "2026-11-13", last: "2026-11-20" });
  expect(days.map(({ state }) => state)).toEqual(Array(8).fill("on_time"));
});

test("the days of the table are those that are told, for a year of files", async () => {
  const { ports, send, one, clock } = await open("year");
  const days = Array.from({ length: 399 }, (_, back) =>
    new Date(Date.parse("2026-11-20") - back * 86_400_000).toISOString().slice(0, 10),
  );
  await send(
    "2026-11-21T00:30:00Z",
    "all.csv",
    header + days.map((day) => `${day},deal,lead,${day},\n`).join(""),
  );
  clock.now += 60_000;
  const told = await readDays(ports, await findImport(ports, "year"), {
    first: days.at(-1)!,
    last: days[0]!,
  });
  const columns = ["date", "due_at", "state", "rows", "first_arrival", "late_by", "file_id"];
  const rows = await one.rows("import_days", columns);
  const sorted = (given: readonly object[]) =>
    given
      .map((day) => Object.entries(day).filter(([, value]) => value !== null))
      .map((fields) => JSON.stringify(fields.sort()))
      .sort();
  expect(told).toHaveLength(399);
  expect(sorted(rows)).toEqual(sorted(told));
});
