import { expect, test } from "@jest/globals";
import {
  beginUpload,
  giveUpUpload,
  listUploads,
  sendPart,
} from "../../../functions/import/load/uploads/uploads.ts";
import { ofImport, ofPerson } from "../../../functions/import/load/uploads/room.ts";
import { addImport } from "../../../functions/import/registered/imports.ts";
import { thisMachine, type Who } from "../../../functions/people/who.ts";
import { memoryDocuments } from "../../support/doubles/memory-documents.ts";
import { memoryFiles } from "../../support/doubles/memory-files.ts";

/** What is begun and not ended has bounds, of a person and of an import. */

const mebibyte = 1024 * 1024;
const dayMs = 86_400_000;
const person = (id: string): Who => ({ ...thisMachine, id, name: id });

async function open() {
  const clock = { ms: Date.UTC(2026, 10, 27) };
  const keptFiles = memoryFiles();
  const ports = { documents: memoryDocuments(), keptFiles, now: () => clock.ms, arrived: () => undefined };
  for (const name of ["crm", "erp"]) await addImport(ports, thisMachine, { name, zone: "UTC" });
  const begin = (file: string, { who = person("ada"), to = "crm", bytes = 10 } = {}) =>
    beginUpload(ports, who, to, { file, bytes });
  const beginMany = async (count: number, who = person("ada"), to = "crm") => {
    for (let n = 0; n < count; n += 1) await begin(`${n}.csv`, { who, to });
  };
  return { ports, clock, keptFiles, begin, beginMany };
}
const full = expect.objectContaining({ code: "uploads_full" });

test("a person has so many at once, of whatever import; one that goes on is none more, and others are not held up", async () => {
  const { begin, beginMany } = await open();
  await beginMany(ofPerson.count - 1);
  await begin("last.csv", { to: "erp" });
  await expect(begin("more.csv")).rejects.toEqual(full);
  await expect(begin("more.csv")).rejects.toThrow(
    "20 files that you began to send are not whole yet, of 1 MiB with this one; allowed are 20 at once",
  );
  expect(await begin("0.csv")).toMatchObject({ received: 0 });
  expect(await begin("more.csv", { who: person("bob") })).toMatchObject({ received: 0 });
});

test("a person's files have so many bytes together, as they were announced", async () => {
  const { begin } = await open();
  const bytes = 512 * mebibyte;
  for (let n = 0; n < ofPerson.bytes / bytes; n += 1) await begin(`${n}.csv`, { bytes });
  await expect(begin("more.csv", { bytes: 1 })).rejects.toEqual(full);
});

test("an import has so many at once, whoever sends, and others take no harm", async () => {
  const { begin, beginMany } = await open();
  for (let n = 0; n < ofImport.count / ofPerson.count; n += 1)
    await beginMany(ofPerson.count, person(`p${n}`));
  const late = person("late");
  await expect(begin("more.csv", { who: late })).rejects.toThrow("100 files for crm are not whole yet");
  expect(await begin("more.csv", { who: late, to: "erp" })).toMatchObject({ received: 0 });
});

test("of many that begin at once no more come in than there is room for", async () => {
  const { ports, begin, beginMany } = await open();
  await beginMany(ofPerson.count - 2);
  const tried = await Promise.allSettled(Array.from({ length: 6 }, (_, n) => begin(`late-${n}.csv`)));
  expect(tried.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
  expect(await listUploads(ports, "crm", person("ada"))).toHaveLength(ofPerson.count);
});

test("one that is given up, by its sender alone, or forgotten for a week makes room, and nothing of it is left", async () => {
  const { ports, clock, keptFiles, begin, beginMany } = await open();
  const ada = person("ada");
  const { upload_id: uploadId } = await begin("given-up.csv");
  await sendPart(ports, ada, "crm", { uploadId, from: 0, bytes: bytesOf("12345") });
  await beginMany(ofPerson.count - 1);
  await giveUpUpload(ports, person("bob"), "crm", uploadId);
  await giveUpUpload(ports, ada, "erp", uploadId);
  await expect(begin("more.csv")).rejects.toEqual(full);
  expect(keptFiles.files.size).toBe(1);
  await giveUpUpload(ports, ada, "crm", uploadId);
  expect(keptFiles.files.size).toBe(0);
  await begin("more.csv");
  await expect(begin("one-more.csv")).rejects.toEqual(full);
  clock.ms += 8 * dayMs;
  await begin("one-more.csv");
  expect(await listUploads(ports, "crm", ada)).toMatchObject([{ file: "one-more.csv" }]);
});

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
