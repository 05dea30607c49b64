import { expect, test } from "@jest/globals";
import { readFile } from "node:fs/promises";
import { feedCodes } from "../../functions/feeds/faults.ts";
import { feedSchemas } from "../../functions/feeds/registered/fields.ts";

test("docs/feeds.md has a line for each setting, and for each reason that leaves a table as it was", async () => {
  const text = await readFile(new URL("../../docs/feeds.md", import.meta.url), "utf8");
  const rows = [...text.matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name);
  expect(rows.filter((name) => name !== "secret")).toEqual([...Object.keys(feedSchemas), ...feedCodes]);
});
