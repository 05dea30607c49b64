import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import type { ErrorObject } from "ajv";
import { checkBody } from "../../functions/api/validation.ts";
import { documentSentence, shownFields, writableFields } from "../../functions/streams/document.ts";
import { type StreamField, streamFields } from "../../functions/streams/fields.ts";

const page = readFileSync(new URL("../../docs/streams.md", import.meta.url), "utf8");

/** Field, usual value and explanation of each row of the page's table. */
function tableOfThePage(): string[][] {
  const [table] = page.split("## Paths") as [string];
  const rows = table.split("\n").filter((line) => line.startsWith("| `"));
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
}

test("docs/streams.md explains each field with the words of the table of fields", () => {
  expect(tableOfThePage()).toEqual(
    Object.entries<StreamField>(streamFields).map(([name, { usual = "", docs }]) => [
      `\`${name}\``,
      usual,
      docs,
    ]),
  );
});

const secret: StreamField = {
  schema: { description: "A key that only the sender knows", type: "string", minLength: 20 },
  hint: "allowed are at least 20 characters",
  docs: "a key that only the sender knows",
  writable: true,
  secret: true,
};
const fields: Record<string, StreamField> = { ...streamFields, proof: secret };
const told = "hunter2";

function wrong(instancePath: string, data: unknown): ErrorObject {
  return { keyword: "type", instancePath, data, schemaPath: "#", params: {}, message: "must be right" };
}

test("a secret field is not among those that are shown", () => {
  expect(shownFields(fields).map(([name]) => name)).toEqual(Object.keys(streamFields));
  expect(shownFields({ ...fields, proof: { ...secret, secret: undefined as never } })).toHaveLength(
    Object.keys(fields).length,
  );
});

test.each([
  ["the field", "/proof", told],
  ["a part of it", "/proof/0/key", told],
  ["the whole document, which may hold it", "", `proof: ${told}`],
])("no sentence about a document quotes a secret: %s", (_, place, data) => {
  const sentence = documentSentence(wrong(place, data), fields);
  expect(sentence).not.toContain(told);
  expect(sentence).toContain("allowed");
  // With the mark taken away the same sentence does.
  const plain = { ...fields, proof: { ...secret, secret: undefined as never } };
  expect(documentSentence(wrong(place, data), plain)).toContain(told);
});

test("no refusal of the API quotes a secret", () => {
  const { schemas, sayings } = writableFields(fields);
  const check = checkBody({ type: "object", properties: schemas }, sayings);
  const refusal = (body: unknown) => {
    try {
      check(body);
    } catch (error) {
      return String(error);
    }
    throw new Error("It was let pass.");
  };
  expect(refusal({ proof: told })).toMatch(/Proof is not as it should be; allowed are at least 20/);
  expect(refusal(told)).not.toContain(told);
  expect(refusal({ name: "", proof: "long enough to be let pass" })).toContain('Name is ""');
});
