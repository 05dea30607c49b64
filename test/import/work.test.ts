import { afterAll, expect, test } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readAgain, receiveFile, removeFile } from "../../functions/import/load/arrivals.ts";
import { lookAtFile } from "../../functions/import/load/views.ts";
import { workOnOldest, type WorkPorts } from "../../functions/import/load/work.ts";
import { addImport, changeImport } from "../../functions/import/registered/imports.ts";
import { thisMachine } from "../../functions/people/who.ts";
import { rowsRefused, statementRefused, warehouseDown } from "../../functions/problems.ts";
import { openWarehouse } from "../../infra/local/warehouse/warehouse.ts";
import { memoryDocuments } from "../support/doubles/memory-documents.ts";
import { memoryFiles } from "../support/doubles/memory-files.ts";
import { dataset, fileOf, importOf } from "./loading.ts";

const directory = await mkdtemp(join(tmpdir(), "afterclick-test-"));
const warehouse = await openWarehouse({ directory, log: () => {} });
await warehouse.createDataset({ dataset, table: "" });
afterAll(async () => {
  await warehouse.close();
  await rm(directory, { recursive: true, force: true });
});

async function open(name: string) {
  const documents = memoryDocuments();
  const one = importOf(warehouse, name);
  const clock = { at: Date.parse("2026-11-21T08:00:00Z") };
  const keptFiles = memoryFiles(() => clock.at);
  const now = () => (clock.at += 1);
  const said: unknown[] = [];
  const ports: WorkPorts = { ...one.ports, documents, keptFiles, now, log: (...line) => said.push(line) };
  await addImport(ports, thisMachine, { name, zone: "Europe/Amsterdam" });
  const send = (fileName: string, content: string, more: Partial<WorkPorts> = {}) =>
    receiveFile({ ...ports, ...more, arrived: () => undefined }, thisMachine, {
      importName: name,
      name: fileName,
      bytes: (async function* () {
        yield Buffer.from(content);
      })(),
    });
  const look = (file: { file_id: string }) => lookAtFile(ports, name, file.file_id);
  const begun = async () =>
    (await documents.list("arrivals", { limit: 9 })).map(({ document }) =>
      Reflect.get(Object(document), "begun"),
    );
  return { one, ports, clock, keptFiles, documents, send, look, begun, said };
}

test("what arrived is worked on in its order, and its bytes go once nobody needs them", async () => {
  const { ports, one, send, look, keptFiles, documents } = await open("order");
  const files = [await send("day.csv", fileOf("a")), await send("day.csv", fileOf("b"))];
  const failed = await send("bad.csv", fileOf("c") + "x,deal,lead,bad,\n".repeat(11));
  expect(await look(files[0]!)).toMatchObject({ state: "checking" });
  for (let round = 0; round < 3; round += 1) expect(await workOnOldest(ports)).toBe("one");
  expect(await workOnOldest(ports)).toBe("none");
  expect(await Promise.all([...files, failed].map(look))).toMatchObject([
    { state: "superseded", version: 1 },
    { state: "imported", version: 2 },
    { state: "failed", may_be_imported_anyway: true },
  ]);
  expect((await one.current()).map(([, , , id]) => id)).toEqual(["b"]);
  // Their links are asked for; see links/due.test.ts.
  expect((await documents.list("link_asks", { limit: 9 })).map(({ id }) => id)).toEqual(["order"]);
  expect([...keptFiles.files.keys()]).toEqual([failed.file_id.slice(15)]);
});

test("a correction does not overtake what it corrects, whatever the clock says", async () => {
  const { ports, one, clock, send } = await open("clock");
  await send("day.csv", fileOf("a"));
  clock.at -= 3_600_000;
  await send("day.csv", fileOf("b"));
  while ((await workOnOldest(ports)) === "one");
  clock.at -= 3_600_000;
  await send("day.csv", fileOf("c"));
  while ((await workOnOldest(ports)) === "one");
  expect((await one.current()).map(([, , , id]) => id)).toEqual(["c"]);
  const files = (await one.rows("import_files")).map(({ file_id, version }) => [String(file_id), version]);
  expect(files.sort().map(([, version]) => version)).toEqual([1, 2, 3]);
});

test("of files that arrive at one instant each has a place of its own", async () => {
  const { send, documents } = await open("instant");
  const now = () => 1_795_000_000_000;
  const sent = await Promise.all(["a", "b", "c", "d"].map((id) => send(`${id}.csv`, fileOf(id), { now })));
  const places = sent.map(({ file_id }) => Number(file_id.slice(0, 14)) - 1_795_000_000_000);
  expect(places.sort()).toEqual([0, 1, 2, 3]);
  expect(await documents.list("arrivals", { limit: 9 })).toHaveLength(4);
});

test("a file that failed is read again under other settings", async () => {
  const { ports, send, look, keptFiles } = await open("again");
  const file = await send("a.csv", fileOf("a").replace("2026-11-20", "20.11.2026"));
  await workOnOldest(ports);
  expect(await look(file)).toMatchObject({ state: "failed", code: "all_rows_rejected" });
  await changeImport(ports as never, thisMachine, "again", { date_format: "DD.MM.YYYY" });
  await readAgain({ ...ports, arrived: () => undefined }, thisMachine, {
    importName: "again",
    fileId: file.file_id,
  });
  await workOnOldest(ports);
  expect(await look(file)).toMatchObject({ state: "imported", version: 1, imported: 1 });
  expect(keptFiles.files.size).toBe(0);
});

test("a file whose bytes are gone is told as such, and holds up nobody", async () => {
  const { ports, send, look, keptFiles } = await open("gone");
  const gone = await send("a.csv", fileOf("a"));
  const next = await send("b.csv", fileOf("b"));
  await keptFiles.remove(gone.file_id.slice(15));
  for (let round = 0; round < 2; round += 1) await workOnOldest(ports);
  expect(await look(gone)).toMatchObject({ state: "failed", code: "bytes_missing" });
  expect(await look(next)).toMatchObject({ state: "imported" });
});

test("a name with a NUL or half a character holds up nobody", async () => {
  const { ports, send, look } = await open("names");
  const sent = [await send("n\u0000l.csv", fileOf("a")), await send("half\ud800.csv", fileOf("b"))];
  while ((await workOnOldest(ports)) === "one");
  expect(await Promise.all(sent.map(look))).toMatchObject([
    { name: "n\ufffdl.csv", state: "imported" },
    { name: "half\ufffd.csv", state: "imported" },
  ]);
});

test("a warehouse that is down is waited for, however often; a fault of ours ends after five times", async () => {
  const { ports, send, look, begun } = await open("fault");
  const file = await send("a.csv", fileOf("a"));
  const failing = (error: Error): WorkPorts => {
    const refuses = () => Promise.reject(error);
    return { ...ports, warehouse: { ...warehouse, openLoad: () => ({ add: refuses, end: refuses }) } };
  };
  for (let round = 0; round < 7; round += 1)
    await expect(workOnOldest(failing(warehouseDown({ why: "away" })))).rejects.toMatchObject({
      code: "warehouse_down",
    });
  expect(await begun()).toEqual([0]);
  // A row that is refused today is refused tomorrow.
  const faults = [new Error("a fault"), rowsRefused({ rows: [{ index: 0, why: "a fault" }] })];
  for (let round = 0; round < 5; round += 1)
    await expect(workOnOldest(failing(faults[round % 2]!))).rejects.toThrow("a fault");
  expect(await begun()).toEqual([5]);
  expect(await workOnOldest(ports)).toBe("one");
  expect(await look(file)).toMatchObject({ state: "failed", code: "unreadable" });
  expect(await begun()).toEqual([]);
});

test("the rows of a file that is removed go in its turn; what cannot be done is given up, and they stay", async () => {
  const { ports, one, send, look, said } = await open("removed");
  const ids = async () => (await one.current()).map(([, , , id]) => id);
  const remove = (file: { file_id: string }) =>
    removeFile({ ...ports, arrived: () => undefined }, thisMachine, {
      importName: "removed",
      fileId: file.file_id,
    });
  const first = await send("day.csv", fileOf("a"));
  await workOnOldest(ports);
  const second = await send("day.csv", fileOf("b"));
  await workOnOldest(ports);
  await remove(second);
  expect(await look(second)).toMatchObject({ state: "checking" });
  await workOnOldest(ports);
  expect(await look(second)).toMatchObject({ state: "removed", removed_by: thisMachine.id });
  expect(await look(first)).toMatchObject({ state: "imported" });
  expect(await ids()).toEqual(["a"]);

  await remove(first);
  const write = () => Promise.reject(new Error("a fault"));
  const failing: WorkPorts = { ...ports, warehouse: { ...warehouse, write } };
  for (let round = 0; round < 5; round += 1) await expect(workOnOldest(failing)).rejects.toThrow("a fault");
  expect(await workOnOldest(failing)).toBe("one");
  expect(await look(first)).toMatchObject({ state: "imported" });
  expect(JSON.stringify(said)).toContain("file_not_removed");
  expect(await ids()).toEqual(["a"]);
});

test("a file that was read is not read again where the work ends before its rows count", async () => {
  const { ports, one, send, look, keptFiles } = await open("cut-off");
  const file = await send("a.csv", fileOf("a"));
  const down: WorkPorts = {
    ...ports,
    warehouse: { ...warehouse, write: () => Promise.reject(warehouseDown({ why: "away" })) },
  };
  await expect(workOnOldest(down)).rejects.toMatchObject({ code: "warehouse_down" });
  await keptFiles.keep(file.file_id.slice(15), [Buffer.from("nobody reads this")].values() as never);
  expect(await workOnOldest(ports)).toBe("one");
  expect(await look(file)).toMatchObject({ state: "imported", new_events: 1 });
  expect((await one.current()).map(([, , , id]) => id)).toEqual(["a"]);
});

test("a file whose statement the warehouse refuses fails, others go on, and it may be checked again", async () => {
  const { ports, send, look, keptFiles, said } = await open("refused");
  const [bad, good] = [await send("a.csv", fileOf("a")), await send("b.csv", fileOf("b"))];
  const refusing = (error: Error): WorkPorts => {
    // What makes rows count; the file's own row is written.
    const write: typeof warehouse.write = (statements, options) =>
      statements.length > 3 ? Promise.reject(error) : warehouse.write(statements, options);
    return { ...ports, warehouse: { ...warehouse, write } };
  };
  const why = "Could not convert string 'jane@example.com' to INT64";
  expect(await workOnOldest(refusing(statementRefused({ why })))).toBe("one");
  expect(await look(bad)).toMatchObject({ state: "failed", code: "not_taken" });
  expect((await look(bad)).reason).toContain(why);
  expect(JSON.stringify(said)).toContain("file_refused_by_warehouse");
  expect(JSON.stringify(said)).not.toContain("jane");
  expect(await workOnOldest(ports)).toBe("one");
  expect(await look(good)).toMatchObject({ state: "imported" });
  expect(keptFiles.files.size).toBe(1);
  const arrived = () => undefined;
  await readAgain({ ...ports, arrived }, thisMachine, { importName: "refused", fileId: bad.file_id });
  // Memory that does not hold it today may tomorrow: five times.
  const short = refusing(statementRefused({ why: "memory", mayPass: true }));
  for (let round = 0; round < 4; round += 1)
    await expect(workOnOldest(short)).rejects.toMatchObject({ code: "statement_refused" });
  expect(await workOnOldest(ports)).toBe("one");
  expect(await look(bad)).toMatchObject({ state: "imported", imported: 1 });
  expect(keptFiles.files.size).toBe(0);
});

test("rows that the warehouse refuses to take away stay, and the files behind go on", async () => {
  const { ports, send, look, said } = await open("kept");
  const file = await send("a.csv", fileOf("a"));
  await workOnOldest(ports);
  await removeFile({ ...ports, arrived: () => undefined }, thisMachine, {
    importName: "kept",
    fileId: file.file_id,
  });
  const write = () => Promise.reject(statementRefused({ why: "a fault" }));
  expect(await workOnOldest({ ...ports, warehouse: { ...warehouse, write } })).toBe("one");
  expect(await look(file)).toMatchObject({ state: "imported" });
  expect(JSON.stringify(said)).toContain("file_not_removed");
});
