import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { openBucketFiles } from "../../../infra/google/files/bucket.ts";
import { keptFilesPromises } from "../../promises/kept-files.ts";
import { startFakeStorage, type FakeStorage } from "../../support/doubles/cloud/fake-storage.ts";

/** Files in a bucket, over a double of Cloud Storage that knows generations. */

let storage: FakeStorage;
beforeAll(async () => {
  storage = await startFakeStorage();
});
afterEach(() => {
  storage.objects.clear();
  storage.fault = () => undefined;
});
afterAll(() => storage.close());

const open = () => openBucketFiles({ bucket: storage.bucket, emulator: storage.address });

keptFilesPromises("a bucket", async () => ({ kept: open().keptFiles, close: async () => undefined }));

async function* chunks(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

async function all(parts: AsyncIterable<Uint8Array>): Promise<string> {
  const read: Uint8Array[] = [];
  for await (const part of parts) read.push(part);
  return Buffer.concat(read).toString();
}

test("names come in pages, with their generations, and what no prefix asks for stays out", async () => {
  for (const name of [
    "crm/in/e",
    "crm/in/a",
    "crm/in/c",
    "crm/in/b",
    "crm/in/d d",
    "crn/in/x",
    "crm/results/a",
  ])
    storage.write(name, name, Date.parse("2026-11-20T08:00:00Z"));
  const { bucket } = open();
  const first = await bucket.list("crm/in/", {});
  expect(first.next).toBe("crm/in/c");
  const second = await bucket.list("crm/in/", { after: first.next! });
  expect(second.next).toBeUndefined();
  const names = [...first.objects, ...second.objects].map(({ name }) => name.slice("crm/in/".length));
  expect(names).toEqual(["a", "b", "c", "d d", "e"]);
  expect(second.objects[0]).toEqual({
    name: "crm/in/d d",
    generation: storage.objects.get("crm/in/d d")!.generation,
    bytes: 10,
    at: Date.parse("2026-11-20T08:00:00Z"),
  });
});

test("an object is kept as that generation of it was; one that was replaced or removed is not there", async () => {
  const { bucket, keptFiles } = open();
  const name = "crm/in/föö bar.csv";
  const older = storage.write(name, "one");
  const newer = storage.write(name, "two");
  expect(await bucket.keep({ name, generation: older }, "a")).toBe(false);
  expect(await bucket.find(name, older)).toBeUndefined();
  expect(await bucket.find(name, newer)).toMatchObject({ bytes: 3, generation: newer });
  expect(await bucket.keep({ name, generation: newer }, "a")).toBe(true);
  storage.write(name, "three");
  expect(await all((await keptFiles.open("a"))!.read())).toBe("two");
  // The sender's own Content-Encoding would have it unpacked on its way.
  expect(storage.objects.get("_kept/a")!.contentType).toBe("application/octet-stream");
  storage.objects.delete(name);
  expect(await bucket.keep({ name, generation: newer }, "b")).toBe(false);
});

test("a file that is read stays what it was: where another one took its place, that is said", async () => {
  const { keptFiles } = open();
  await keptFiles.keep("a", chunks("what it was"));
  const file = (await keptFiles.open("a"))!;
  await keptFiles.keep("a", chunks("what it is now"));
  await expect(all(file.read())).rejects.toMatchObject({ code: "files_down" });
});

test("a connection that breaks is gone on with where it broke", async () => {
  const { keptFiles } = open();
  const text = "0123456789".repeat(100);
  await keptFiles.keep("a", chunks(text));
  const file = (await keptFiles.open("a"))!;
  const faults = ["half", 503, "half", "lost"] as const;
  let asked = 0;
  storage.fault = () => faults[asked++];
  expect(await all(file.read({ from: 3, to: 997 }))).toBe(text.slice(3, 997));
  expect(asked).toBe(5);
});

test("what is lost on its way, or answered later, is asked for again, and is there once", async () => {
  const { bucket, keptFiles } = open();
  for (const fault of ["lost", 503, 429] as const)
    for (let at = 1; at <= 2; at += 1) {
      let asked = 0;
      storage.fault = () => (++asked === at ? fault : undefined);
      await bucket.put("crm/results/a.json", "application/json", chunks("a", "b"));
      expect([fault, at, storage.objects.get("crm/results/a.json")!.bytes.toString()]).toEqual([
        fault,
        at,
        "ab",
      ]);
      storage.objects.clear();
      await keptFiles.keep("a", chunks("x"));
      asked = at - 2;
      await keptFiles.remove("a");
      expect(storage.objects.size).toBe(0);
    }
});

test("what may not be, or goes on failing, is said", async () => {
  const { bucket, keptFiles } = open();
  storage.fault = () => 403;
  for (const work of [
    () => bucket.list("crm/in/", {}),
    () => bucket.find("a", "1"),
    () => bucket.keep({ name: "a", generation: "1" }, "a"),
    () => bucket.put("a", "text/csv", chunks("a")),
    () => keptFiles.keep("a", chunks("a")),
    () => keptFiles.open("a"),
    () => keptFiles.remove("a"),
  ])
    await expect(work()).rejects.toMatchObject({
      code: "files_down",
      message: expect.stringContaining("403"),
    });
  storage.fault = () => 404;
  await expect(bucket.list("crm/in/", {})).rejects.toMatchObject({ code: "files_down" });
});
