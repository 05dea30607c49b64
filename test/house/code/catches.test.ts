import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { root, sources } from "../house.ts";

/** Whoever drops an error says why nobody needs it: on the line itself, or right above. */

const dropped = [
  // .catch(() => undefined), .catch(() => {}), .catch(() => null)
  /\.catch\(\(\) => (?:undefined|null|\{\})\)/,
  // catch {} on one line
  /\bcatch(?: \(\w+\))? \{\s*\}/,
];
/** An empty block over two lines. */
const opened = /\bcatch(?: \(\w+\))? \{$|\.catch\(\(\) => \{$/;
const comment = /^\s*(?:\/\/|\/?\*)|\/\/ /;

function unexplained(text: string): string[] {
  const lines = text.split("\n");
  return lines.flatMap((line, index) => {
    const isEmpty = opened.test(line) && /^\s*\}/.test(lines[index + 1] ?? "");
    if (!isEmpty && !dropped.some((pattern) => pattern.test(line))) return [];
    return comment.test(line) || comment.test(lines[index - 1] ?? "") ? [] : [line.trim()];
  });
}

test("no error is dropped without a reason", () => {
  const found = sources()
    // Texts that are handed out: in the languages of those who get them.
    .filter((file) => !file.startsWith("panel/snippets/"))
    .flatMap((file) => unexplained(readFileSync(join(root, file), "utf8")).map((line) => `${file}: ${line}`));
  expect(found).toEqual([]);
});

test.each([
  ["work().catch(() => undefined);", false],
  ["// Nobody waits for it.\nwork().catch(() => undefined);", true],
  ["work().catch(() => {}); // nobody waits", true],
  ["try {\n  work();\n} catch {\n}", false],
  ["try {\n  work();\n} catch {\n  // It is gone already.\n}", true],
  ["try {\n  work();\n} catch {\n  return undefined;\n}", true],
])("%j: explained %s", (text, isExplained) => {
  expect(unexplained(text).length === 0).toBe(isExplained);
});
