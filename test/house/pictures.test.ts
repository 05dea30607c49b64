import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "@jest/globals";
import { root } from "./house.ts";

/** Pictures of the panel: `npm run screenshots` takes them. */

const folder = join(root, "docs/pictures");
const pictureBytesMax = 200_000;
const pages = ["README.md", "docs/panel.md"];
const named = pages.flatMap((page) =>
  [...readFileSync(join(root, page), "utf8").matchAll(/!\[([^\]]*)\]\(([^)]+\.png)\)/g)].map(
    ([, alt, path]) => ({ page, alt: alt!, file: join(root, dirname(page), path!) }),
  ),
);

test("each picture that a page names is there, says what it shows, and is small", () => {
  expect(named.length).toBeGreaterThan(3);
  for (const { page, alt, file } of named) {
    expect([page, relative(root, file), existsSync(file)]).toEqual([page, relative(root, file), true]);
    expect(alt.length).toBeGreaterThan(10);
    expect([file, statSync(file).size < pictureBytesMax]).toEqual([file, true]);
    expect([...readFileSync(file).subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
  }
});

test("the README shows three, and no picture is there that no page names", () => {
  expect(named.filter(({ page }) => page === "README.md")).toHaveLength(3);
  // The one that is drawn of the code is compared with it (picture.test.ts).
  const files = readdirSync(folder)
    .filter((name) => name !== "architecture.svg")
    .map((name) => join(folder, name));
  expect(files.filter((file) => !named.some((one) => one.file === file))).toEqual([]);
});
