import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { counted } from "../../functions/counted.ts";
import { root, sources } from "./house.ts";

test.each([
  [0, "0 messages"],
  [1, "1 message"],
  [2, "2 messages"],
])("%i is said as %s", (count, text) => expect(counted(count, "message")).toBe(text));

test("a noun may have a form of its own", () => {
  expect(counted(1, "reply is", "replies are")).toBe("1 reply is");
  expect(counted(3, "reply is", "replies are")).toBe("3 replies are");
});

/** A number that may be 1, before a noun that says more. */
const loose =
  /\$\{(?<number>[^}]*)\} (?:(?:dead|test|more|fewer|other) )?(?:hits|rows|messages|documents|streams|tables|tests|repeats|records|letters|people|files|days|hours|minutes|queries|requests|copies|packages|attributes|statements)\b/;
/** Limits, and what is said of more than one alone. */
const never1 =
  /(?:Max|Min|tableName\(.*\)|sorted\.length|files\.size|components\.length|meant\.length|86_400\)|amount\(.*\)|table|keys\.length|count\(known\.length\))$/;

test("no sentence says 1 messages: numbers are said by `counted`", () => {
  const said = sources().flatMap((file) =>
    readFileSync(join(root, file), "utf8")
      .split("\n")
      .filter((line) => !never1.test(loose.exec(line)?.groups?.["number"] ?? "Max"))
      .map((line) => `${file}: ${line.trim()}`),
  );
  expect(said).toEqual([]);
});
