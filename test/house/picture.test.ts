import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { root } from "./house.ts";
import { drawHouse } from "./picture.ts";

test("the picture of the house shows the imports of today's code (npm run picture draws it anew)", () => {
  expect(readFileSync(join(root, "docs/pictures/architecture.svg"), "utf8")).toBe(drawHouse());
});

test("every arrow of the picture leads down, or to a neighbour on the same floor; only the CLI reaches up, for restore and to read Parquet", () => {
  const up = [...drawHouse().matchAll(/d="M[\d.]+ ([\d.]+)C[^"]* ([\d.]+)"/g)].filter(
    ([, from, to]) => Number(to) < Number(from),
  );
  expect(up).toHaveLength(2);
});
