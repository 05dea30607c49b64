import { expect, test } from "@jest/globals";
import { asProblem, asRead, define, internal, isProblem, revived } from "../../functions/problem.ts";
import {
  catalogue,
  datasetMissing,
  overloaded,
  rowsRefused,
  streamUnknown,
  tableMissing,
  warehouseDown,
} from "../../functions/problems.ts";

test("whoever asks for a problem by its entry has what the entry takes, without a cast", () => {
  const error: unknown = rowsRefused({ rows: [{ index: 3, why: "too long" }] });
  if (!isProblem(error, rowsRefused)) throw new Error("It is no such problem.");
  expect(error.facts.rows.map(({ index }) => index)).toEqual([3]);
});

test("a problem is one of several, or none of them; anything else is no problem", () => {
  const error = tableMissing({ table: "a.b" });
  expect(isProblem(error, datasetMissing, tableMissing)).toBe(true);
  expect(isProblem(error, datasetMissing)).toBe(false);
  expect(isProblem(error)).toBe(false);
  for (const other of [undefined, null, "table_missing", { code: "table_missing" }, new Error("x")])
    expect(isProblem(other, tableMissing)).toBe(false);
});

test("a code is defined once", () => {
  expect(() => define("overloaded", 503, "Again", () => "Again.")).toThrow(
    "The error code overloaded is defined twice.",
  );
});

// What any sentence asks of what it is given.
const given = { problems: ["p"], findings: ["f"], rows: [{ index: 1, why: "w" }], why: "w", table: "a.b" };

test.each([...catalogue.keys()])("%s comes over from another thread as it went", (code) => {
  const raised = catalogue.get(code)!(given as never, "the cause");
  const { message, status, headers, next } = raised;
  const came = revived(structuredClone({ code, facts: raised.facts }), "another cause");
  expect(came).toMatchObject({ code, message, status, headers, facts: given, cause: "another cause" });
  expect(came?.next).toEqual(next);
});

test("what was no problem over there is none here", () => {
  expect(revived({ code: "EEXIST", facts: undefined }, undefined)).toBeUndefined();
  expect(revived({ code: undefined, facts: undefined }, undefined)).toBeUndefined();
  expect(revived({ facts: undefined }, undefined)).toBeUndefined();
});

test("who only asked to see something reads other words, with all else as it was", () => {
  const cause = new Error("reset");
  const error = warehouseDown({ why: "no answer" }, cause);
  const read = asRead(error);
  expect(error.message).toContain("Hits wait in the queue");
  expect(read).toMatchObject({
    code: "warehouse_down",
    status: 503,
    headers: { "retry-after": "10" },
    facts: { why: "no answer" },
    cause,
    message: "The warehouse does not answer just now (no answer). Try again later.",
  });
  expect(asRead(overloaded())).toMatchObject({ message: expect.not.stringContaining("stored") });
});

test("what has no other words for a reader stays the very same", () => {
  for (const error of [streamUnknown(), new Error("x"), "x", undefined]) expect(asRead(error)).toBe(error);
});

test("everything else is shown as internal, with its cause for the log", () => {
  const cause = new TypeError("x is undefined");
  expect(isProblem(asProblem(cause), internal)).toBe(true);
  expect(asProblem(cause)).toMatchObject({ cause, message: expect.not.stringContaining("x is undefined") });
  const problem = streamUnknown();
  expect(asProblem(problem)).toBe(problem);
});
