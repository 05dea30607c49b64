import { expect, test } from "@jest/globals";
import {
  duckdbMegabytes,
  memoryBytesThere,
  processMegabytes,
  tablesMegabytes,
} from "../../../infra/local/warehouse/file/memory.ts";

test.each<[string, number, number | undefined, number]>([
  ["a container's limit", 64e9, 2e9, 2e9],
  ["a limit above what the machine has", 4e9, 16e9, 4e9],
  ["no limit, as systems without one say it", 64e9, 0, 64e9],
  ["no limit, as cgroups say it", 64e9, 2 ** 64, 64e9],
  ["nothing known of a limit", 64e9, undefined, 64e9],
])("the memory that counts: %s", (_name, machine, limit, expected) => {
  expect(memoryBytesThere(machine, limit)).toBe(expected);
});

test.each<[number, number]>([
  [256e6, 256],
  [1_024e6, 256],
  [1_100e6, 275],
  [1_152e6, 288],
  [64e9, 288],
])("of %d bytes DuckDB gets %d MB", (bytes, megabytes) => {
  expect(duckdbMegabytes(bytes)).toBe(megabytes);
});

test("this process's own limit is asked for", () => {
  expect(memoryBytesThere()).toBeLessThanOrEqual(memoryBytesThere(Infinity));
});

test.each<[number, number]>([
  [256e6, 512],
  [1_024e6, 768],
  [2_048e6, 1_536],
  [64e9, 2_976],
])("of %d bytes the warehouse's process gets %d MB", (bytes, megabytes) => {
  expect(processMegabytes(duckdbMegabytes(bytes), bytes)).toBe(megabytes);
});

test.each<[number, number]>([
  [256e6, 128],
  [1_024e6, 128],
  [4_000e6, 500],
  [64e9, 1_000],
])("of %d bytes the tables written since a checkpoint may hold %d MB", (bytes, megabytes) => {
  expect(tablesMegabytes(bytes)).toBe(megabytes);
});
