import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { placeOf, receiveObject } from "../../../functions/import/bucket/receive.ts";
import { tellSender } from "../../../functions/import/bucket/results.ts";
import { sweepBucket } from "../../../functions/import/bucket/sweep.ts";
import { uploadBytesMax } from "../../../functions/import/load/arrivals.ts";
import { workOnOldest, type WorkPorts } from "../../../functions/import/load/work.ts";
import { addImport } from "../../../functions/import/registered/imports.ts";
import { thisMachine } from "../../../functions/people/who.ts";
import { warehouseDown } from "../../../functions/problems.ts";
import { openBucketFiles } from "../../../infra/google/files/bucket.ts";
import { openWarehouse } from "../../../infra/local/warehouse/warehouse.ts";
import { startFakeStorage, type FakeStorage } from "../../support/doubles/cloud/fake-storage.ts";
import { memoryDocuments } from "../../support/doubles/memory-documents.ts";
import { bad, dataset, fileOf, importOf } from "../loading.ts";

/** Files that senders put into a bucket, from there to their rows and back to the sender. */

const directory = await mkdtemp(join(tmpdir(), "afterclick-test-"));
const warehouse = await openWarehouse({ directory, log: () => {} });
await warehouse.createDataset({ dataset, table: "" });
let storage: FakeStorage;
beforeAll(async () => {
  storage = await startFakeStorage();
});
beforeEach(() => {
  storage.objects.clear();
  storage.fault = () => undefined;
});
afterAll(async () => {
  await storage?.close();
  await warehouse.close();
  await rm(directory, { recursive: true, force: true });
});

const at = Date.parse("2026-11-21T08:00:00Z");

async function open(name: string) {
  const documents = memoryDocuments();
  const one = importOf(warehouse, name);
  const files = openBucketFiles({ bucket: storage.bucket, emulator: storage.address });
  const said: string[] = [];
  const log = (_level: string, line: string) => void said.push(line);
  const clock = { now: at };
  const now = () => clock.now;
  const ports: WorkPorts = {
    ...one.ports,
    ...files,
    documents,
    log,
    now,
    heldMs: 60_000,
    tellSender: (told) => tellSender({ ...files, warehouse, productDataset: dataset, log }, told),
  };
  const bucketPorts = { documents, ...files, log, now };
  const add = () => addImport(ports, thisMachine, { name, zone: "Europe/Amsterdam" });
  const write = (file: string, content: string, when = at) =>
    storage.write(`${name}/in/${file}`, content, when);
  const receive = (file: string, generation: string) =>
    receiveObject(bucketPorts, { name: `${name}/in/${file}`, generation });
  const waiting = async () => (await documents.list("arrivals", { limit: 9 })).length;
  const result = (file: string) =>
    JSON.parse(storage.objects.get(`${name}/results/${file}.result.json`)!.bytes.toString()) as Record<
      string,
      unknown
    >;
  return {
    one,
    ports,
    add,
    write,
    receive,
    sweep: () => sweepBucket(bucketPorts),
    waiting,
    result,
    clock,
    said,
  };
}

test.each([
  ["crm/in/day.csv", { importName: "crm", file: "day.csv" }],
  ["a_b-1/in/2026/11 20.parquet", { importName: "a_b-1", file: "2026/11 20.parquet" }],
  ["crm/in/in/day.csv", { importName: "crm", file: "in/day.csv" }],
  ["crm/in/", undefined],
  ["crm/in/folder/", undefined],
  ["crm/in/day.csv.part", undefined],
  ["crm/in/_SUCCESS", undefined],
  ["crm/results/day.csv.result.json", undefined],
  ["_kept/0123456789abcdef", undefined],
  ["_kept/in/day.csv", undefined],
  ["CRM/in/day.csv", undefined],
  ["crm/day.csv", undefined],
  ["/crm/in/day.csv", undefined],
])("the object %j is a file of an import, or none", (name, expected) => {
  expect(placeOf(name)).toEqual(expected);
});

test("a file goes its way, its bytes are not kept, and its sender finds what became of it", async () => {
  const { add, write, receive, ports, one, result } = await open("way");
  await add();
  const generation = write("day.csv", fileOf("a", "b") + bad(1));
  expect(await receive("day.csv", generation)).toBe(true);
  expect(await workOnOldest(ports)).toBe("one");
  expect(await workOnOldest(ports)).toBe("none");
  expect(await one.ids()).toEqual(["a", "b"]);
  expect(result("day.csv")).toMatchObject({
    import: "way",
    name: "day.csv",
    state: "imported_with_rejects",
    rows: 3,
    rejected: 1,
    new_events: 2,
  });
  expect(storage.objects.get("way/results/day.csv.rejects.csv")!.bytes.toString()).toContain(
    'x,deal,lead,bad0,,4,date,"date_format: The date',
  );
  expect([...storage.objects.keys()].sort()).toEqual([
    "way/in/day.csv",
    "way/results/day.csv.rejects.csv",
    "way/results/day.csv.result.json",
  ]);
  const [row] = await one.rows("import_files", ["source", "arrived_at"]);
  expect(row).toEqual({ source: "bucket", arrived_at: at });
});

test("notices that come twice, late and in any order give one file a generation, and none that is older", async () => {
  const { add, write, receive, ports, one, waiting } = await open("order");
  await add();
  const first = write("day.csv", fileOf("a"));
  expect(await receive("day.csv", first)).toBe(true);
  const second = write("day.csv", fileOf("b"), at + 1);
  // The first one again, before and after the second.
  expect(await receive("day.csv", first)).toBe(false);
  expect(await receive("day.csv", second)).toBe(true);
  expect(await receive("day.csv", second)).toBe(false);
  expect(await receive("day.csv", first)).toBe(false);
  expect(await waiting()).toBe(2);
  while ((await workOnOldest(ports)) === "one");
  expect(await one.ids()).toEqual(["b"]);
  for (const generation of [first, second]) expect(await receive("day.csv", generation)).toBe(false);
  expect(await waiting()).toBe(0);
  const files = await one.rows("import_files", ["version", "state"]);
  expect(files.toSorted((x, y) => Number(x["version"]) - Number(y["version"]))).toEqual([
    { version: 1, state: "superseded" },
    { version: 2, state: "imported" },
  ]);
});

test("a generation that was replaced before anybody looked is not imported; the one in its place is", async () => {
  const { add, write, receive, waiting, said } = await open("replaced");
  await add();
  const first = write("day.csv", fileOf("a"));
  const second = write("day.csv", fileOf("b"));
  expect(await receive("day.csv", first)).toBe(false);
  expect(said).toEqual([expect.stringContaining("replaced or removed")]);
  expect(await receive("day.csv", second)).toBe(true);
  expect(await waiting()).toBe(1);
});

test("two that take the same file at once take it once, and what breaks off is taken by who comes again", async () => {
  const { add, write, receive, waiting } = await open("twice");
  await add();
  const generation = write("day.csv", fileOf("a"));
  const both = await Promise.allSettled([receive("day.csv", generation), receive("day.csv", generation)]);
  expect(both.filter(({ status }) => status === "fulfilled").length).toBeGreaterThanOrEqual(1);
  expect(await waiting()).toBe(1);
  const other = write("b.csv", fileOf("b"));
  let asked = 0;
  storage.fault = () => (++asked > 2 ? 403 : undefined);
  await expect(receive("b.csv", other)).rejects.toMatchObject({ code: "files_down" });
  expect(await waiting()).toBe(1);
  storage.fault = () => undefined;
  expect(await receive("b.csv", other)).toBe(true);
});

test("the sweep takes files of which nobody told, also those that were there before their import, and takes none twice", async () => {
  const { add, write, receive, sweep, waiting, said } = await open("swept");
  const generation = write("a.csv", fileOf("a"));
  expect(await receive("a.csv", generation)).toBe(false);
  expect(said).toEqual([expect.stringContaining("no import has this name")]);
  for (const file of ["b.csv", "c.csv", "d.csv", "e.csv", "e.csv.part", "folder/"]) write(file, fileOf(file));
  write("old.csv", fileOf("old"), at - 32 * 86_400_000);
  await add();
  expect(await sweep()).toBe(5);
  expect(await sweep()).toBe(0);
  expect(await waiting()).toBe(5);
});

test("what cannot be told to a sender holds up nobody", async () => {
  const { add, write, receive, ports, one, said } = await open("untold");
  await add();
  await receive("day.csv", write("day.csv", fileOf("a")));
  storage.fault = ({ path }) => (path.startsWith("/upload/") ? 403 : undefined);
  expect(await workOnOldest(ports)).toBe("one");
  expect(await one.ids()).toEqual(["a"]);
  expect(said).toContainEqual(expect.stringContaining("A sender is not told"));
});

test("a file that is too large is told so, and not copied", async () => {
  const { add, ports, result, waiting } = await open("large");
  await add();
  const object = { name: "large/in/day.csv", generation: "9", bytes: uploadBytesMax + 1, at };
  const bucket = { ...ports, bucket: openBucketFiles({ bucket: "drop", emulator: storage.address }).bucket };
  const copied: string[] = [];
  const found = {
    ...bucket.bucket,
    find: async () => object,
    keep: async (_: unknown, id: string) => copied.push(id) > 0,
  };
  expect(await receiveObject({ ...bucket, bucket: found }, object)).toBe(true);
  expect(await workOnOldest(ports)).toBe("one");
  expect(result("day.csv")).toMatchObject({ state: "failed", code: "unpacked_too_large" });
  expect([copied, await waiting()]).toEqual([[], 0]);
});

test("who works on a file has it alone, until it is done, given back, or its time is over", async () => {
  const { add, write, receive, ports, one, clock } = await open("held");
  await add();
  await receive("day.csv", write("day.csv", fileOf("a")));
  let reach = (): void => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  // One that hangs, as where its instance is gone.
  void workOnOldest({
    ...ports,
    parquet: ports.parquet,
    warehouse: { ...warehouse, write: () => new Promise(reach) },
  });
  await reached;
  expect(await workOnOldest(ports)).toBe("held");
  clock.now += 60_001;
  const down = {
    ...ports,
    warehouse: { ...warehouse, write: () => Promise.reject(warehouseDown({ why: "away" })) },
  };
  await expect(workOnOldest(down)).rejects.toMatchObject({ code: "warehouse_down" });
  expect(await workOnOldest(ports)).toBe("one");
  expect(await one.ids()).toEqual(["a"]);
});
