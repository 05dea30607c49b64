import { expect, test } from "@jest/globals";
import { readFile } from "node:fs/promises";
import { feedCodes } from "../../functions/feeds/faults.ts";
import { feedSchemas } from "../../functions/feeds/registered/fields.ts";

/** The names in the first column of the table whose head begins so. */
function firstColumn(text: string, head: string): string[] {
  const [table = ""] = text.slice(text.indexOf(`| ${head} `)).split("\n\n");
  return [...table.matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name!);
}

test("docs/feeds.md has a line for each setting, and for each reason that leaves a table as it was", async () => {
  const text = await readFile(new URL("../../docs/feeds.md", import.meta.url), "utf8");
  const settings = firstColumn(text, "what is set").filter((name) => name !== "secret");
  expect(settings).toEqual(Object.keys(feedSchemas));
  expect(firstColumn(text, "code")).toEqual(feedCodes);
});
