import { expect, test } from "@jest/globals";
import { depthMax, keysMax } from "../../functions/payload/json.ts";
import { readPayload } from "../../functions/payload/payload.ts";

async function fields(body: string, contentType?: string): Promise<string | undefined> {
  return (await readPayload(Buffer.from(body), { contentType })).fields;
}

test.each([
  ['{"a":"x=1"}\n{"a":2}', '[{"a":"x=1"},{"a":2}]'],
  ['\ufeff{"a":1}\r\n\r\n[2]\r\n', '[{"a":1},[2]]'],
  ['\n{"a":12345678901234567890}\n {"a":1e1} \n', '[{"a":12345678901234567890},{"a":10}]'],
  // One line is JSON itself.
  ['{"a":1}\n', '{"a":1}'],
])("lines of JSON are an array, whatever Content-Type says: %j", async (body, wanted) => {
  for (const type of [undefined, "text/plain", "application/x-www-form-urlencoded"])
    expect(await fields(body, type)).toBe(wanted);
});

test.each(['{"a":1}\nx=1', '{"a":"b=1"}\n1', '{"a":1}\n{"a":', "{}{}", '{"a":"b=c"\n{}', "{\n1"])(
  "a line that is no object or array makes it none, and no form for an = in it: %j",
  async (body) => {
    expect(await fields(body)).toBeUndefined();
    expect(await fields(body, "application/json")).toBeUndefined();
  },
);

test("the bounds of JSON hold for all lines together, the array around them is a level", async () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  expect(await fields(`[]\n${nested(depthMax - 1)}`)).toBeDefined();
  expect(await fields(`[]\n${nested(depthMax)}`)).toBeUndefined();
  expect(await fields('{"k":1}\n'.repeat(keysMax))).toBeDefined();
  expect(await fields('{"k":1}\n'.repeat(keysMax + 1))).toBeUndefined();
});
