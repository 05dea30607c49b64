import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import type { StoredFile } from "../../../functions/files.ts";
import { listArrivals, receiveFile } from "../../../functions/import/load/arrivals.ts";
import { loadFile } from "../../../functions/import/load/load.ts";
import { beginUpload, sendPart } from "../../../functions/import/load/uploads/uploads.ts";
import { addImport } from "../../../functions/import/registered/imports.ts";
import { thisMachine } from "../../../functions/people/who.ts";
import { openKeptFiles } from "../../../infra/local/files/kept.ts";
import { openWarehouse } from "../../../infra/local/warehouse/warehouse.ts";
import { freshFolder } from "../../local/warehouse/setup.ts";
import { memoryDocuments } from "../../support/doubles/memory-documents.ts";
import { storedBytes } from "../cases.ts";
import { fileOf, importOf } from "../loading.ts";

/** A file that is cut at any of its bytes is never imported half, whichever way it comes. The drop box has
 *  such a test of its own, in test/local/drop-box/transfers. */

const { directory, remove } = await freshFolder();
const warehouse = await openWarehouse({ directory, log: () => undefined });
await warehouse.createDataset({ dataset: "afterclick", table: "" });
afterAll(async () => {
  await warehouse.close();
  await remove();
});

const whole = Buffer.from(fileOf("a", "b=2", "c"));
const cuts = Array.from({ length: whole.length }, (_, at) => at);

async function open(folder: string) {
  const ports = {
    documents: memoryDocuments(),
    keptFiles: openKeptFiles(join(directory, folder)),
    now: () => Date.UTC(2026, 10, 21),
    arrived: () => undefined,
  };
  await addImport(ports, thisMachine, { name: "crm", zone: "UTC" });
  const arrived = async () =>
    (await listArrivals(ports, { limit: 1000 })).map(({ arrival }) => arrival.sha256);
  return { ports, arrived };
}

async function* upTo(at: number): AsyncGenerator<Uint8Array> {
  yield whole.subarray(0, at);
  if (at < whole.length) throw new Error("the sender is gone");
}

test("an upload that breaks off at any byte has not arrived", async () => {
  const { ports, arrived } = await open("broken");
  const send = (at: number) =>
    receiveFile(ports, thisMachine, { importName: "crm", name: "day.csv", bytes: upTo(at) });
  for (const at of cuts) await expect(send(at)).rejects.toThrow("the sender is gone");
  expect(await arrived()).toEqual([]);
  const { sha256 } = await send(whole.length);
  expect(await arrived()).toEqual([sha256]);
  // What is left of the others can be taken for no file.
  const kept = await readdir(join(directory, "broken"));
  expect(kept.filter((name) => !name.endsWith(".partial"))).toHaveLength(1);
});

test("an upload in two parts is the file, at whichever byte it is split, and nothing with the first alone", async () => {
  const { ports, arrived } = await open("parts");
  const { sha256 } = importOf(warehouse, "any").arrival("day.csv", whole);
  for (const at of cuts.slice(1)) {
    const named = { file: `day-${at}.csv`, bytes: whole.length, modified: at };
    const { upload_id: uploadId } = await beginUpload(ports, thisMachine, "crm", named);
    const part = (from: number, to: number) =>
      sendPart(ports, thisMachine, "crm", {
        uploadId,
        from,
        bytes: [whole.subarray(from, to)].values() as never,
      });
    await part(0, at);
    expect(await arrived()).toHaveLength(at - 1);
    await part(at, whole.length);
  }
  expect(await arrived()).toEqual(cuts.slice(1).map(() => sha256));
});

test("a file whose bytes break off while it is read, in the bucket or on the disk, is not imported until all are there", async () => {
  const one = importOf(warehouse, "bucket");
  const arrival = one.arrival("day.csv", whole, { source: "bucket" });
  const file = storedBytes("day.csv", whole);
  const cut = (at: number): StoredFile => ({ ...file, read: () => upTo(at) });
  for (const at of cuts.filter((each) => each % 10 === 0 || each > whole.length - 3))
    await expect(loadFile(one.ports, one.view(), arrival, cut(at))).rejects.toThrow("the sender is gone");
  expect(await one.rows("import_files")).toEqual([]);
  expect(await one.current()).toEqual([]);
  expect(await loadFile(one.ports, one.view(), arrival, file)).toMatchObject({
    state: "imported",
    imported: 3,
  });
  expect((await one.ids()).sort()).toEqual(["a", "b", "c"]);
});
