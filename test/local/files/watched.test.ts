import { afterEach, beforeEach, expect, test } from "@jest/globals";
import {
  appendFile,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { receiveObject } from "../../../functions/import/bucket/receive.ts";
import { tellSender } from "../../../functions/import/bucket/results.ts";
import { sweepBucket } from "../../../functions/import/bucket/sweep.ts";
import { listArrivals } from "../../../functions/import/load/arrivals.ts";
import type { ToldFile } from "../../../functions/import/load/files.ts";
import { addImport } from "../../../functions/import/registered/imports.ts";
import { thisMachine } from "../../../functions/people/who.ts";
import { openWatchedFolder } from "../../../infra/local/files/watched.ts";
import { memoryDocuments } from "../../support/doubles/memory-documents.ts";
import { memoryFiles } from "../../support/doubles/memory-files.ts";
import { memoryWarehouse } from "../../support/doubles/memory-warehouse.ts";

let root: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "afterclick-test-")));
  await mkdir(join(root, "crm", "in"), { recursive: true });
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function open() {
  const documents = memoryDocuments();
  const keptFiles = memoryFiles();
  const clock = { at: Date.now() };
  const now = () => clock.at;
  const said: string[] = [];
  const log = (...line: unknown[]) => void said.push(JSON.stringify(line));
  const bucket = openWatchedFolder({ root, keptFiles, now, log });
  const ports = { documents, keptFiles, now, log, bucket, source: "folder" } as const;
  await addImport(ports, thisMachine, { name: "crm", zone: "UTC" });
  const arrived = async () => {
    const all = await listArrivals(ports, { limit: 100 });
    const texts = all.map(async ({ id, arrival: { name, source } }) => {
      const bytes = keptFiles.files.get(id.slice(15));
      return [name, source, String(bytes)];
    });
    return Promise.all(texts);
  };
  /** A look, so long after the one before. */
  const look = (ms = 60_000) => {
    clock.at += ms;
    return sweepBucket(ports);
  };
  return { ports, bucket, clock, said, look, arrived };
}

/** The disk's clock has coarse steps, and here nobody waits for seconds between two writes. */
async function nextStep(): Promise<void> {
  const path = join(root, "step");
  const written = async () => {
    await writeFile(path, "");
    return (await stat(path, { bigint: true })).ctimeNs;
  };
  const first = await written();
  while ((await written()) === first);
}

const at = (...path: string[]) => join(root, "crm", "in", ...path);

test("a file is taken once it is the same at two looks, and once", async () => {
  const { look, arrived, ports } = await open();
  await writeFile(at("day.csv"), "a");
  expect(await look()).toBe(0);
  await appendFile(at("day.csv"), "b");
  expect(await look()).toBe(0);
  // Sooner than it could settle.
  expect(await look(1_000)).toBe(0);
  expect(await look()).toBe(1);
  expect(await look()).toBe(0);
  expect(await arrived()).toEqual([["day.csv", "folder", "ab"]]);
  // Another process knows what was taken.
  const again = openWatchedFolder({ ...ports, root });
  for (let round = 0; round < 2; round += 1) {
    expect(await sweepBucket({ ...ports, bucket: again, now: () => Date.now() })).toBe(0);
  }
});

test("what is written again, or replaced by an older file that is renamed, is the next version", async () => {
  const { look, arrived } = await open();
  await writeFile(at("old.csv.tmp"), "older");
  await nextStep();
  await writeFile(at("day.csv"), "one");
  await look();
  await look();
  await nextStep();
  await writeFile(at("day.csv"), "two");
  await look();
  await look();
  await nextStep();
  await rename(at("old.csv.tmp"), at("day.csv"));
  await look();
  await look();
  expect((await arrived()).map(([, , text]) => text)).toEqual(["one", "two", "older"]);
});

test("names of files that are not whole are left alone, folders are part of a name", async () => {
  const { look, arrived } = await open();
  await mkdir(at("2026", "11"), { recursive: true });
  for (const name of ["a.csv.tmp", "b.filepart", ".hidden.csv", "_SUCCESS", join("2026", "11", "c.csv")])
    await writeFile(at(name), "x");
  await look();
  await look();
  expect(await arrived()).toEqual([["2026/11/c.csv", "folder", "x"]]);
});

test("a file that changes while it is copied is never imported half", async () => {
  const { bucket, ports, clock, arrived } = await open();
  await writeFile(at("day.csv"), "half");
  await bucket.list("crm/in/", {});
  clock.at += 60_000;
  const { objects } = await bucket.list("crm/in/", {});
  expect(objects).toHaveLength(1);
  const keep: typeof ports.keptFiles.keep = async (id, bytes) => {
    const kept = await ports.keptFiles.keep(id, bytes);
    await nextStep();
    await appendFile(at("day.csv"), " and the rest");
    return kept;
  };
  const keptFiles = { ...ports.keptFiles, keep };
  const changing = openWatchedFolder({ ...ports, root, keptFiles });
  expect(await receiveObject({ ...ports, keptFiles, bucket: changing }, objects[0]!)).toBe(false);
  expect([await arrived(), ports.keptFiles.files.size]).toEqual([[], 0]);
  // It is another one by now.
  expect(await receiveObject(ports, objects[0]!)).toBe(false);
});

test("what cannot be read is told once; the other files are imported", async () => {
  const { look, arrived, said } = await open();
  await symlink("/etc/hostname", at("link.csv"));
  await writeFile(at("day.csv"), "a");
  for (let round = 0; round < 3; round += 1) await look();
  expect(await arrived()).toEqual([["day.csv", "folder", "a"]]);
  expect(said).toHaveLength(1);
  expect(said[0]).toContain("link.csv");
});

test("a folder that leads out of the watched one is not followed", async () => {
  const { look, arrived, said } = await open();
  const outside = await realpath(await mkdtemp(join(tmpdir(), "afterclick-test-")));
  try {
    await writeFile(join(outside, "day.csv"), "a");
    await rm(join(root, "crm"), { recursive: true });
    await mkdir(join(root, "crm"));
    await symlink(outside, join(root, "crm", "in"));
    await look();
    await look();
    expect(await arrived()).toEqual([]);
    expect(said[0]).toContain("leads out of the folder");
  } finally {
    await rm(outside, { recursive: true, force: true });
  }
});

test("what became of a file is written where there is a folder for it, and else nowhere", async () => {
  const { ports } = await open();
  const told = {
    file_id: "f",
    import_id: "crm",
    name: "2026/day.csv",
    state: "imported",
    source: "folder",
    removed_events: 0,
  } as unknown as ToldFile;
  const telling = { ...ports, warehouse: memoryWarehouse(), productDataset: "afterclick" };
  const result = join(root, "crm", "results", "2026", "day.csv.result.json");
  await tellSender(telling, told);
  await expect(readFile(result)).rejects.toMatchObject({ code: "ENOENT" });
  await mkdir(join(root, "crm", "results"));
  await tellSender(telling, told);
  expect(JSON.parse(await readFile(result, "utf8"))).toMatchObject({ import: "crm", state: "imported" });
  // A file that came by another way is nobody's here.
  await rm(result);
  await tellSender(telling, { ...told, source: "upload" });
  await expect(readFile(result)).rejects.toMatchObject({ code: "ENOENT" });
});
