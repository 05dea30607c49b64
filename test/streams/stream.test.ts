import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { streamSchema, unknownFields } from "../../functions/streams/document.ts";
import { readStream } from "../../functions/streams/stream.ts";

const id = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";
const read = (document: unknown) => readStream(id, document, { defaultDataset: "house" });

test("a document written by hand with only table and offset works", () => {
  expect(read({ table: "crm.leads", offset: "+03:00" })).toMatchObject({
    kind: "valid",
    stream: {
      id,
      table: { dataset: "crm", table: "leads" },
      state: "active",
      methods: ["POST", "PUT"],
    },
  });
});

test("a bare table lies in the default dataset, a full one in its project", () => {
  expect(read({ table: "leads", offset: "UTC" })).toMatchObject({
    stream: { table: { dataset: "house", table: "leads" } },
  });
  expect(read({ table: "my-project-1.crm.leads", offset: "UTC" })).toMatchObject({
    stream: {
      table: { project: "my-project-1", dataset: "crm", table: "leads" },
    },
  });
});

test("unknown fields are reported, never fatal", () => {
  const document = {
    table: "crm.leads",
    offset: "UTC",
    ofset: "UTC",
    colour: 1,
  };
  expect(read(document)).toMatchObject({ kind: "valid" });
  expect(unknownFields(document)).toEqual(["ofset", "colour"]);
});

test.each([
  [{ offset: "UTC" }, "table is missing; allowed are table, dataset.table"],
  [{ table: "t" }, "offset is missing; allowed are +03:00"],
  [{ table: "t", offset: "+3" }, 'offset is "+3"; allowed are +03:00'],
  [{ table: "a b", offset: "UTC" }, 'table is "a b"; allowed are'],
  [{ table: "t", offset: "UTC", state: "open" }, 'state is "open"; allowed are active, paused, closed'],
  [{ table: "t", offset: "UTC", methods: ["PATCH"] }, "allowed is a list of POST, PUT, GET"],
  [{ table: "t", offset: "UTC", key: "a..b" }, 'key is "a..b"; allowed is a dotted path'],
  [{ table: "t", offset: "UTC", key: "__proto__'; drop" }, "allowed is a dotted path"],
  ["table: t", 'the document is "table: t"; allowed is an object with table and offset'],
  [null, "the document is null; allowed is an object"],
  [[], "the document is []; allowed is an object"],
])("%j is invalid, and the problem says what is given and what is allowed", (document, sentence) => {
  const lookup = read(document);
  expect(lookup.kind).toBe("invalid");
  expect(lookup.kind === "invalid" && lookup.problems.join("; ")).toContain(sentence);
});

test("every problem of a document is named at once", () => {
  const lookup = read({ table: "", offset: "", state: 1 });
  expect(lookup.kind === "invalid" && lookup.problems).toHaveLength(3);
});

test("the schema that is published is the one that is checked", () => {
  const published: unknown = JSON.parse(
    readFileSync(new URL("../../docs/stream.schema.json", import.meta.url), "utf8"),
  );
  expect(published).toEqual(streamSchema);
});
