import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { fileCodes } from "../../functions/import/faults.ts";
import { linkReasons } from "../../functions/import/links/settings.ts";
import { isImportedName } from "../../functions/import/names.ts";
import { allowedTypes } from "../../functions/import/parquet/table.ts";
import { fields, rejectCodes } from "../../functions/import/rejects.ts";
import { usualSettings } from "../../functions/import/settings.ts";

const page = readFileSync(new URL("../../docs/imports.md", import.meta.url), "utf8");

/** Codes of the table under a heading, with what to do. */
function documented(heading: string): Map<string, string> {
  const section = page.slice(page.indexOf(`\n## ${heading}\n`)).split("\n## ")[1]!;
  return new Map(
    [...section.matchAll(/^\| `(\w+)` +\| (.+?) +\|/gm)].map(([, code, advice]) => [code!, advice!]),
  );
}

test("docs/imports.md has the five fields in their order", () => {
  expect([...documented("The five fields").keys()]).toEqual([...fields]);
});

test("docs/imports.md has every file code once, and no other", () => {
  expect([...documented("Why a file fails").keys()]).toEqual([...fileCodes]);
});

test("docs/imports.md has every reject code with what the command line says to do", () => {
  const expected = Object.entries(rejectCodes).map(([code, [says, fix]]) => [
    code,
    `${says} ${fix.replace(/\.$/, "")}`,
  ]);
  expect([...documented("Why a row is rejected")]).toEqual(expected);
});

test("docs/imports.md has every reason for which an event is not linked, in their order", () => {
  expect([...documented("Links to web events").keys()].slice(0, linkReasons.length)).toEqual([
    ...linkReasons,
  ]);
});

test("docs/imports.md has the types that each field may have in Parquet", () => {
  const expected = Object.entries(allowedTypes).map(([field, types]) => [field, types.join(", ")]);
  expect([...documented("Parquet")]).toEqual(expected);
});

test("docs/imports.md states the limits that hold", () => {
  const { limits, reject_rows, reject_percent } = usualSettings;
  const mebibyte = 1024 * 1024;
  expect(page).toContain(
    `${limits.unpackedBytesMax / mebibyte} MiB unpacked, ${limits.ratioMax} times its size beyond ${limits.ratioFromBytes / mebibyte} MiB, ` +
      `${limits.rowsMax.toLocaleString("en")} rows, ${limits.recordBytesMax / mebibyte} MiB a row`,
  );
  expect(page).toContain(`more than ${reject_rows} rows and more than ${reject_percent} %`);
});

test("docs/imports.md names the endings that are not imported", () => {
  const [, list] = /those that end in (.*?)\. Clients/.exec(page)!;
  const endings = [...list!.matchAll(/`(\.\w+)`/g)].map(([, ending]) => ending!);
  expect(endings.length).toBe(7);
  expect(endings.filter((ending) => isImportedName(`a.csv${ending}`))).toEqual([]);
});
