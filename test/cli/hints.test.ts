import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { commands } from "../../cli/commands.ts";
import { onSameServer } from "../../cli/hints.ts";
import { afterclick, fakeAdmin, problem } from "../support/cli.ts";

/** A sentence that names a command leads to the server that the person named. */

const url = "https://admin.example.com";

/** What is printed as it is: a command's own help. Its `notes` are the lines of an array. */
const isHelp = (line: string) =>
  /^\s*(\*|\/\/|#)|Example: |^\s*"[^"]*",$|^\s*summary: |^\s*says: /.test(line);

/** Of all sources of the command line: each line that names a command. */
const naming = readdirSync("cli", { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && file !== "load-script.ts")
  .flatMap((file) =>
    readFileSync(`cli/${file}`, "utf8")
      .split("\n")
      .map((line, index) => ({ place: `cli/${file}:${index + 1}`, line })),
  )
  .filter(({ line }) => /(?<!npx )afterclick [a-z]/.test(line) && !isHelp(line));

/** These ask no server, name it by themselves, or lead to a help. */
const withoutServer =
  /afterclick (check|restore|imports check)\b| --url | --help|afterclick \$\{|afterclick wrote|afterclick move wrote/;

test("there are hints", () => expect(naming.length).toBeGreaterThan(25));

test.each(naming.filter(({ line }) => !withoutServer.test(line)).map(({ place, line }) => [place, line]))(
  "%s names a command that there is, on the same server",
  (_, line) => {
    const named = [...line.matchAll(/afterclick ([a-z][a-z-]*(?: [a-z][a-z-]*)*)/g)].map(
      ([, words]) => words!,
    );
    for (const words of named)
      expect(commands.some(({ name }) => `${words} `.startsWith(`${name} `))).toBe(true);
    expect(onSameServer(line, url).split("--url ")).toHaveLength(named.length + 1);
  },
);

test.each([
  ["Look again: afterclick jobs show 1", `Look again: afterclick --url ${url} jobs show 1`],
  [
    "afterclick imports list tells. Next: afterclick rows a",
    `afterclick --url ${url} imports list tells. Next: afterclick --url ${url} rows a`,
  ],
  ["afterclick streams add --help explains it.", "afterclick streams add --help explains it."],
  ["afterclick streams load s.json --url CLOUD", "afterclick streams load s.json --url CLOUD"],
  ["afterclick restore brings it back.", "afterclick restore brings it back."],
  ["This afterclick is one file", "This afterclick is one file"],
])("%s", (sentence, said) => {
  expect(onSameServer(sentence, url)).toBe(said);
  expect(onSameServer(sentence, undefined)).toBe(sentence);
});

test("an address is one word of a shell, whatever is in it", () => {
  expect(onSameServer("afterclick status", "http://a/x'$(y)")).toBe(
    "afterclick --url 'http://a/x'\\''$(y)' status",
  );
});

test("what a command says, a refusal, and what a refusal leads to name the server that was typed, and run", async () => {
  const { status, json } = problem(404, "import_unknown", "No import is called crm.");
  const next = { command: "afterclick imports list" };
  await using admin = await fakeAdmin({
    "GET /v1/imports": { json: { imports: [] } },
    "GET /v1/imports/crm": { status, json: { ...Object(json), next } },
    "GET /v1/tables": { json: { tables: [], skipped: [] } },
  });
  const hint = `afterclick --url ${admin.url} imports`;
  const none = await afterclick(["imports", "list", "--url", admin.url]);
  expect(none.err).toBe(`There is no import yet. ${hint} add makes one.\n`);
  const unknown = await afterclick(["imports", "show", "crm", "--url", admin.url]);
  expect(unknown.err).toContain(`Next: ${hint} list`);
  const [, words = ""] = /Next: afterclick (.*)$/m.exec(unknown.err)!;
  expect((await afterclick(words.split(" "))).code).toBe(0);
  const refused = await afterclick(["tables", "a.b", "--url", admin.url]);
  expect(refused.err).toContain(`afterclick --url ${admin.url} tables lists`);
  // Where the environment names it, it names it to the next command too.
  expect((await afterclick(["imports", "list"], { url: admin.url })).err).not.toContain("--url");
});
