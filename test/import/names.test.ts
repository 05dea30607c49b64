import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { isImportedName } from "../../functions/import/names.ts";
import { casesFolder } from "./cases.ts";

const names = JSON.parse(readFileSync(new URL("names.json", casesFolder), "utf8")) as {
  name: string;
  import: boolean;
}[];

test.each(names.map((each) => [each.name, each.import] as const))("%s is imported: %s", (name, isImported) =>
  expect(isImportedName(name)).toBe(isImported),
);

test.each(["", "in/", "in/.hidden/../.x", "_temporary/0/_x", "a.csv.TMP", "a.crdownload"])(
  "%j is not",
  (name) => expect(isImportedName(name)).toBe(false),
);
