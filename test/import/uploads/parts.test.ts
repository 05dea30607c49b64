import { expect, test } from "@jest/globals";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { beginUpload, listUploads, sendPart } from "../../../functions/import/load/uploads/uploads.ts";
import { addImport } from "../../../functions/import/registered/imports.ts";
import { thisMachine } from "../../../functions/people/who.ts";
import { documentsDown } from "../../../functions/problems.ts";
import { openKeptFiles } from "../../../infra/local/files/kept.ts";
import { memoryDocuments } from "../../support/doubles/memory-documents.ts";
import { inFolder } from "../../support/folder.ts";

/** A file that comes in parts, over a folder of a disk: whatever is cut off, it is whole or not there. */

const dayMs = 86_400_000;
const whole = "date,ev,reference_ev,reference_id\n2026-11-26,deal,lead,7\n";
const file = { file: "day.csv", bytes: whole.length, modified: 5 };

async function open(directory: string) {
  const documents = memoryDocuments();
  const clock = { ms: Date.UTC(2026, 10, 27) };
  const told = { arrived: 0 };
  const ports = {
    documents,
    keptFiles: openKeptFiles(join(directory, "imports")),
    now: () => (clock.ms += 1),
    arrived: () => (told.arrived += 1),
  };
  await addImport(ports, thisMachine, { name: "crm", zone: "UTC" });
  await addImport(ports, thisMachine, { name: "erp", zone: "UTC" });
  const send = (
    uploadId: string,
    from: number,
    content: string | AsyncIterable<Uint8Array>,
    who = thisMachine,
  ) => {
    const bytes = typeof content === "string" ? bytesOf(content) : content;
    return sendPart(ports, who, "crm", { uploadId, from, bytes });
  };
  const begin = (given = file, who = thisMachine) => beginUpload(ports, who, "crm", given);
  const kept = () => readdir(join(directory, "imports")).catch(() => []);
  return { ports, clock, told, send, begin, kept };
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

test("parts become one file, and nothing of them is left", () =>
  inFolder(async (directory) => {
    const { ports, told, send, begin, kept } = await open(directory);
    const { upload_id: id, received } = await begin();
    expect(received).toBe(0);
    expect(await send(id, 0, whole.slice(0, 10))).toMatchObject({ received: 10 });
    expect(await listUploads(ports, "crm", thisMachine)).toMatchObject([{ file: "day.csv", received: 10 }]);
    expect(await send(id, 10, whole.slice(10, 30))).toMatchObject({ received: 30 });
    expect(told.arrived).toBe(0);
    const done = await send(id, 30, whole.slice(30));
    expect(done).toMatchObject({ received: whole.length, file_id: expect.any(String) });
    expect(told.arrived).toBe(1);
    const [name, ...others] = await kept();
    expect(others).toEqual([]);
    expect(done.file_id).toBe(`${done.file_id!.slice(0, 14)}-${name}`);
    const read: Uint8Array[] = [];
    for await (const chunk of (await ports.keptFiles.open(name!))!.read()) read.push(chunk);
    expect(String(Buffer.concat(read))).toBe(whole);
    expect(await listUploads(ports, "crm", thisMachine)).toEqual([]);
    await expect(send(id, whole.length, "")).rejects.toMatchObject({ code: "upload_unknown" });
  }));

test("the same file goes on where it ended, also after a restart; another one begins", () =>
  inFolder(async (directory) => {
    const { ports, send, begin } = await open(directory);
    const { upload_id: id } = await begin();
    await send(id, 0, whole.slice(0, 20));
    // Another process over the same folder.
    const again = { ...ports, keptFiles: openKeptFiles(join(directory, "imports")) };
    expect(await beginUpload(again, thisMachine, "crm", file)).toMatchObject({ upload_id: id, received: 20 });
    const others = [
      begin({ ...file, modified: 6 }),
      begin({ ...file, bytes: 7 }),
      begin({ ...file, file: "x.csv" }),
      begin(file, { ...thisMachine, id: "bob" }),
      beginUpload(ports, thisMachine, "erp", file),
    ];
    for (const other of await Promise.all(others)) {
      expect(other.received).toBe(0);
      expect(other.upload_id).not.toBe(id);
    }
  }));

test("a part that breaks off, or comes twice, is as if it had not come", () =>
  inFolder(async (directory) => {
    const { send, begin, told } = await open(directory);
    const { upload_id: id } = await begin();
    await send(id, 0, whole.slice(0, 20));
    const broken = (async function* () {
      yield Buffer.from(whole.slice(20, 25));
      throw new Error("cut off");
    })();
    await expect(send(id, 20, broken)).rejects.toThrow("cut off");
    expect(await begin()).toMatchObject({ received: 20 });
    for (const from of [0, 19, 21])
      await expect(send(id, from, "x")).rejects.toMatchObject({
        code: "part_elsewhere",
        message: expect.stringContaining("begins at 20"),
      });
    await expect(send(id, 20, `${whole}x`)).rejects.toMatchObject({ code: "request_refused" });
    await expect(send(id, 20, "")).rejects.toMatchObject({ code: "request_refused" });
    const both = await Promise.allSettled([send(id, 20, whole.slice(20)), send(id, 20, whole.slice(20))]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(told.arrived).toBe(1);
  }));

test("a store that is away while the last part comes loses nothing: the part is sent again", () =>
  inFolder(async (directory) => {
    const { ports, send, begin } = await open(directory);
    const { upload_id: id } = await begin();
    await send(id, 0, whole.slice(0, 20));
    const away = { ...ports.documents, commit: () => Promise.reject(documentsDown({ why: "test" })) };
    const part = { uploadId: id, from: 20, bytes: bytesOf(whole.slice(20)) };
    await expect(sendPart({ ...ports, documents: away }, thisMachine, "crm", part)).rejects.toMatchObject({
      code: "documents_down",
    });
    expect(await send(id, 20, whole.slice(20))).toMatchObject({ file_id: expect.any(String) });
  }));

test("an upload is its sender's alone, of its import alone, and of no file that is too large", () =>
  inFolder(async (directory) => {
    const { ports, send, begin } = await open(directory);
    const { upload_id: id } = await begin();
    await expect(send(id, 0, "x", { ...thisMachine, id: "bob" })).rejects.toMatchObject({
      code: "upload_unknown",
    });
    const part = { uploadId: id, from: 0, bytes: bytesOf("x") };
    await expect(sendPart(ports, thisMachine, "erp", part)).rejects.toMatchObject({ code: "upload_unknown" });
    await expect(begin({ ...file, bytes: 2 ** 30 })).rejects.toMatchObject({ code: "too_large" });
    await expect(beginUpload(ports, thisMachine, "none", file)).rejects.toMatchObject({
      code: "import_unknown",
    });
  }));

test("parts that are gone, or of which nobody heard for a week, are begun again", () =>
  inFolder(async (directory) => {
    const { ports, clock, send, begin, kept } = await open(directory);
    const { upload_id: id } = await begin();
    await send(id, 0, whole.slice(0, 20));
    for (const name of await kept()) await ports.keptFiles.remove(name);
    expect(await begin()).toMatchObject({ upload_id: id, received: 0 });
    await send(id, 0, whole.slice(0, 20));
    clock.ms += 8 * dayMs;
    await begin({ ...file, file: "other.csv" });
    expect(await kept()).toEqual([]);
    expect((await listUploads(ports, "crm", thisMachine)).map((one) => one.file)).toEqual(["other.csv"]);
  }));
