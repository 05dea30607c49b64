import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { fileCodes } from "../../../functions/import/faults.ts";
import { isImportedName } from "../../../functions/import/names.ts";
import { rejectCodes } from "../../../functions/import/rejects.ts";
import { cases, check, storedBytes, told, type Expected } from "../cases.ts";

/** Files by further writers, and for the codes that no file of the cases gives; README.md says how they were
 *  made. */

const folders = [new URL("files/", import.meta.url), new URL("files/spark/", import.meta.url)];
type Further = Expected & { readonly folder: URL };
const further: readonly Further[] = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".expect.json"))
    .map((name): Further => {
      const expected = JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Expected;
      return { ...expected, folder };
    }),
);

test.each(further.map((expected) => [expected.file, expected] as const))(
  "%s gives what its expectation says",
  async (name, { folder, ...expected }) => {
    const checked = await check(storedBytes(name, readFileSync(new URL(name, folder))), expected.settings);
    const said = told(checked, expected);
    expect(said).toEqual(Object.fromEntries(Object.entries(expected).filter(([key]) => key in said)));
  },
);

test("of Spark's folder its parts are imported, and neither its mark nor its sums", () => {
  const names = readdirSync(folders[1]!).filter((name) => !name.endsWith(".expect.json"));
  expect(names.filter((name) => !isImportedName(name)).map((name) => name.slice(0, 5))).toEqual([
    ".part",
    "_SUCC",
  ]);
  expect(names.filter(isImportedName)).toHaveLength(3);
});

/** Not of a file alone: those of hits are in test/import/hits, of shared tables with their tests, those that
 *  the server decides in test/import/load and test/import/work. */
const isElsewhere = (code: string) =>
  /^(hit|table)_/.test(code) ||
  ["snapshot_too_small", "bytes_missing", "unreadable", "not_taken"].includes(code);

test("every code that a file can give has a file that gives it", () => {
  const rejects = (expected: Expected) =>
    ["rejects", "rejects_first_3", "rejects_last_2"].flatMap(
      (key) => (expected[key] ?? []) as { codes: string[] }[],
    );
  const given = [...cases, ...further].flatMap((expected: Expected) => [
    ...rejects(expected).flatMap(({ codes }) => codes),
    ...(typeof expected["file_code"] === "string" ? [expected["file_code"]] : []),
  ]);
  const all = [...Object.keys(rejectCodes), ...fileCodes];
  expect(all.filter((code) => !given.includes(code) && !isElsewhere(code))).toEqual([]);
});
