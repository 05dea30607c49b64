import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "@jest/globals";
import { root } from "../house.ts";
import { sizesOf } from "./sizes.ts";

const [fileLinesMax, functionLinesMax, parametersMax, folderFilesMax] = [400, 70, 4, 15];
const columnsMax = 110;

/** What is larger all the same, and why. */
const exceptions: Record<string, string> = {
  "functions/problems.ts: lines": "a list: an entry a problem",
  "panel/snippets/texts.ts: lines": "texts that people copy",
  "infra/http/exchange.ts: constructor": "the path of every hit: no object is made to carry the arguments",
  "functions: files": "the ports and the small mechanisms, which everybody may use, stand side by side",
  "cli/commands: files": "a file a command",
  "docs: files": "a page a thing that people look up",
  "test/import/cases/files: files": "a file and its right result, as other programs wrote them",
  "test/import/further/files: files": "as those of the cases",
  "terraform: files": "a module of Terraform is one folder: a file an entity",
};

/** A list of routes, an entry a route, is as long as it is. */
const isRoutes = /^functions\/api\/.*: \w+Routes$/;

const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => file !== "" && existsSync(join(root, file)));
const sizes = files
  .filter((file) => /\.(ts|tsx|mjs|js)$/.test(file))
  .map((file) => ({
    file,
    ...sizesOf(readFileSync(join(root, file), "utf8"), { tsx: file.endsWith(".tsx") }),
  }));

const tooLong = sizes
  .filter(({ lines }) => lines > fileLinesMax)
  .map(({ file, lines }): Found => [`${file}: lines`, lines]);
const tooLarge = sizes.flatMap(({ file, functions }) =>
  functions
    .filter(({ own, parameters }) => own > functionLinesMax || parameters > parametersMax)
    .map(({ name, line, own }): Found => [`${file}: ${name ?? `line ${line}`}`, own]),
);
const counts = new Map<string, number>();
for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
const tooFull = [...counts]
  .filter(([, count]) => count > folderFilesMax)
  .map(([folder, count]): Found => [`${folder}: files`, count]);

type Found = [name: string, size: number];

const unexplained = (found: readonly Found[]) =>
  found.filter(([name]) => !(name in exceptions) && !isRoutes.test(name));

test(`a file has at most ${fileLinesMax} lines, and half of them at most 100`, () => {
  expect(unexplained(tooLong)).toEqual([]);
  const sorted = sizes.map(({ lines }) => lines).sort((a, b) => a - b);
  expect(sorted[sorted.length >> 1]).toBeLessThanOrEqual(100);
});

test(`a function has at most ${functionLinesMax} lines of its own and ${parametersMax} parameters`, () => {
  expect(unexplained(tooLarge)).toEqual([]);
});

test(`a comment has lines of at most ${columnsMax} columns, as code has`, () => {
  const tooWide = files
    .filter((file) => /\.(ts|tsx|mjs|js)$/.test(file))
    .flatMap((file) =>
      readFileSync(join(root, file), "utf8")
        .split("\n")
        .flatMap((line, index) => (isTooWide(line) ? [`${file}:${index + 1}`] : [])),
    );
  expect(tooWide).toEqual([]);
});

/** Prettier leaves comments as they are. An address is one word, however long. */
function isTooWide(line: string): boolean {
  return line.length > columnsMax && /^\s*(\/\/|\/?\*)/.test(line) && !/\S{80}/.test(line);
}

test(`a folder has at most ${folderFilesMax} files`, () => {
  expect(unexplained(tooFull)).toEqual([]);
});

test("what is named as larger is larger", () => {
  const found = new Set([...tooLong, ...tooLarge, ...tooFull].map(([name]) => name));
  expect(Object.keys(exceptions).filter((name) => !found.has(name))).toEqual([]);
});

test("own lines are those of a function without the functions in it", () => {
  const source = [
    "#!/usr/bin/env node",
    "// é: the parser counts bytes",
    "export function outer(a: number, b = 1) {",
    "  const inner = () => {",
    "    return a;",
    "  };",
    "  return inner() + b;",
    "}",
    "class Thing {",
    "  constructor(a, b, c, d, e) {}",
    "  get own() {",
    "    return 1;",
    "  }",
    "}",
  ].join("\n");
  for (let again = 0; again < 2; again++)
    expect(sizesOf(source)).toEqual({
      lines: 14,
      functions: [
        { name: "inner", line: 4, own: 3, parameters: 0 },
        { name: "outer", line: 3, own: 4, parameters: 2 },
        { name: "constructor", line: 10, own: 1, parameters: 5 },
        { name: "own", line: 11, own: 3, parameters: 0 },
      ],
    });
});
