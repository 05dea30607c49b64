import { expect, test } from "@jest/globals";
import { isListPath, isValuePath, parsePath, ways } from "../../functions/streams/records/path.ts";
import { readStream } from "../../functions/streams/stream.ts";

const waysOf = (text: string) => ways(parsePath(text)!);

test.each<[string, unknown]>([
  ["orderId", [["orderId"]]],
  ["order.id", [["order", "id"]]],
  [
    "ids.0",
    [
      ["ids", 0],
      ["ids", "0"],
    ],
  ],
  ['ids."0"', [["ids", "0"]]],
  ["ids.007", [["ids", "007"]]],
  ["data[FIELDS][ID]", [["data", "FIELDS", "ID"], ["data[FIELDS][ID]"]]],
  [
    "list[0].id",
    [
      ["list", 0, "id"],
      ["list", "0", "id"],
      ["list[0]", "id"],
    ],
  ],
  ["tags[]", [["tags[]"]]],
  ['"a.b".c', [["a.b", "c"]]],
  ["header:X-Shopify-Topic", [["x-shopify-topic"]]],
  ['"header:x"', [["header:x"]]],
  ["Номер заказа.@№".replace("№", "Н"), [["Номер заказа", "@Н"]]],
])("the path %s is read in these ways", (text, expected) => {
  expect(waysOf(text)).toEqual(expected);
});

test.each([
  "",
  " a",
  "a ",
  ".",
  "a.",
  ".a",
  "a..b",
  'a"b',
  '"a',
  '""',
  "a'b",
  `"a'b"`,
  "a\\b",
  "a\nb",
  "a/b",
  "a;b",
  "header:",
  "header:a b",
  "header:a.b",
  "*",
  '"*"',
  'a."*".b',
  "a.*",
  "a.*.b",
  "^",
  "1.2.3.4.5",
  "n".repeat(65),
  "a.b.c.d.e.f.g.h.i.j.k",
])("%j is no path of a value", (text) => {
  expect(isValuePath(text)).toBe(false);
});

test.each(["$", "*", "events", "entry.*.changes", "entry.*.changes.*", "*.n", "a[0].b", '"a.b"'])(
  "%s is the path of a list",
  (text) => expect(isListPath(text)).toBe(true),
);

test.each(["", "^.a", "header:x", "a..b", "*.", "^", '"*"', 'a."*"'])("%j is the path of no list", (text) => {
  expect(isListPath(text)).toBe(false);
});

test.each<[object, string]>([
  [{ key: ["shop", "order.id"], updated: "header:x-at", items: "entry.*.changes" }, ""],
  [{ key: [] }, "key is []; allowed is a dotted path"],
  [{ key: ["a", "a"] }, 'key is ["a","a"]; allowed is a dotted path'],
  [{ key: ["a", "b", "c", "d", "e", "f"] }, "or a list of 1 to 5 of them"],
  [{ key: ["a", "*"] }, "allowed is a dotted path"],
  [{ key: "header:a b" }, "allowed is a dotted path"],
  [{ key: 1 }, "key is 1; allowed is a dotted path"],
  [{ items: "^.a" }, 'items is "^.a"; allowed is a path as of key, with * for each'],
])("a stream with %j: %s", (fields, problem) => {
  const id = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";
  const lookup = readStream(id, { table: "t", offset: "UTC", ...fields }, { defaultDataset: "house" });
  if (problem === "") expect(lookup).toMatchObject({ kind: "valid", stream: fields });
  else expect(lookup.kind === "invalid" && lookup.problems.join("; ")).toContain(problem);
});
