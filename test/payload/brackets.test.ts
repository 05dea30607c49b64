import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { nestingMax } from "../../functions/payload/brackets.ts";
import { keysMax } from "../../functions/payload/json.ts";
import { readPayload } from "../../functions/payload/payload.ts";

const form = "application/x-www-form-urlencoded";

async function fields(body: string): Promise<string | undefined> {
  return (await readPayload(Buffer.from(body), { contentType: form })).fields;
}

test.each([
  ["data[FIELDS][ID]=77&data%5BFIELDS%5D%5BNAME%5D=a", '{"data":{"FIELDS":{"ID":"77","NAME":"a"}}}'],
  ["leads[status][0][id]=1&leads[status][1][id]=2", '{"leads":{"status":[{"id":"1"},{"id":"2"}]}}'],
  ["items[0][sku]=A&items[0][n]=1", '{"items":[{"sku":"A","n":"1"}]}'],
  ["tags[]=a", '{"tags":["a"]}'],
  ["tags[]=a&tags[]=b&x=1", '{"tags":["a","b"],"x":"1"}'],
  ["a[b][]=1&a[b][]=2", '{"a":{"b":["1","2"]}}'],
  ["a[1]=y&a[0]=x", '{"a":["x","y"]}'],
  ["a[b]=1&a[b]=2", '{"a":{"b":["1","2"]}}'],
  ["a[b c][д]=1", '{"a":{"b c":{"д":"1"}}}'],
  // An index makes no list long, and gaps are not filled.
  ["a[1000000000]=1", '{"a":{"1000000000":"1"}}'],
  ["a[0]=x&a[2]=y", '{"a":{"0":"x","2":"y"}}'],
  ["a[00]=x", '{"a":{"00":"x"}}'],
  ["a[-1]=x", '{"a":{"-1":"x"}}'],
  ["__proto__[a]=1&a[__proto__][b]=2", '{"__proto__":{"a":"1"},"a":{"__proto__":{"b":"2"}}}'],
])("%s is nested: %s", async (body, wanted) => {
  expect(await fields(body)).toBe(wanted);
});

test.each([
  ["a=1&a[b]=2", '{"a":"1","a[b]":"2"}'],
  ["a[b]=2&a=1", '{"a[b]":"2","a":"1"}'],
  ["a[b]=1&a[b][c]=2&a[d]=3", '{"a[b]":"1","a[b][c]":"2","a[d]":"3"}'],
  ["a[b][c]=2&a[b]=1", '{"a[b][c]":"2","a[b]":"1"}'],
  ["a[]=1&a[0]=2", '{"a[]":"1","a[0]":"2"}'],
  ["a[0]=2&a[]=1", '{"a[0]":"2","a[]":"1"}'],
  ["a[]=1&a[b][c]=2", '{"a[]":"1","a[b][c]":"2"}'],
  ["a[b][c]=2&a[]=1", '{"a[b][c]":"2","a[]":"1"}'],
  ["a[][b]=1&a[][c]=2", '{"a[][b]":"1","a[][c]":"2"}'],
])("two names that cannot both be stay flat, in whatever order they come: %s", async (body, wanted) => {
  expect(await fields(body)).toBe(wanted);
});

test("what only looks like nesting stays flat, and the families beside it are nested", async () => {
  for (const name of ["[a]", "[]", "a[", "a]", "a[b", "a[b]c", "a[[b]]", "a[b][", "a]b[c]"])
    expect(await fields(`${name}=1&x[y]=2`)).toBe(JSON.stringify({ [name]: "1", x: { y: "2" } }));
});

test("names nest at most 32 deep, and make at most 10,000 names in all", async () => {
  const name = (depth: number) => `a${"[b]".repeat(depth - 1)}`;
  expect(await fields(`${name(nestingMax)}=1`)).toMatch(/^(\{"[ab]":){32}"1"\}{32}$/);
  expect(await fields(`${name(nestingMax + 1)}=1`)).toBe(`{"${name(nestingMax + 1)}":"1"}`);
  expect(await fields(`a${"[]".repeat(400_000)}=1`)).toBeDefined();
  const pairs = (count: number) => Array.from({ length: count }, (_, index) => `a[${index}][b]=`).join("&");
  expect(await fields(pairs(keysMax / 2 - 1))).toBeDefined();
  expect(await fields(pairs(keysMax / 2))).toBeUndefined();
});

test("no value is lost and none is made up, whatever the names are, and order does not matter to what is nested", async () => {
  const part = fc.constantFrom("[a]", "[b]", "[0]", "[1]", "[]", "[", "]", "");
  const name = fc.tuple(fc.constantFrom("x", "y", ""), fc.array(part, { maxLength: 4 }));
  const names = fc.uniqueArray(
    name.map(([first, parts]) => first + parts.join("")),
    { minLength: 2, maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(names, async (all) => {
      const pairs = all.map((one, index) => `${one}=v${index}`);
      const read: unknown = JSON.parse((await fields(pairs.join("&")))!);
      const leaves: string[] = [];
      const visit = (value: unknown) => {
        if (typeof value === "string") leaves.push(value);
        else Object.values(value as object).forEach(visit);
      };
      visit(read);
      expect(leaves.sort()).toEqual(all.map((_, index) => `v${index}`).sort());
      expect(JSON.parse((await fields(pairs.toReversed().join("&")))!)).toEqual(read);
    }),
    { numRuns: 2_000 },
  );
});

test("names of a multipart form nest alike, files among them", async () => {
  const part = (name: string, value: string, more = "") =>
    `--x\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
  const read = async (...parts: string[]) => {
    const body = Buffer.from(`${parts.join("")}--x--\r\n`);
    return JSON.parse((await readPayload(body, { contentType: "multipart/form-data; boundary=x" })).fields!);
  };
  const file = part("scans[]", "abc", '; filename="a.txt"');
  const shown = { name: "a.txt", type: expect.any(String), size: 3 };
  expect(await read(part("items[0][sku]", "A"), file)).toEqual({ items: [{ sku: "A" }], scans: [shown] });
  expect(await read(file, file)).toEqual({ scans: [shown, shown] });
  const single = part("scan", "abc", '; filename="a.txt"');
  expect(await read(single, part("scan[note]", "1"))).toEqual({ scan: shown, "scan[note]": "1" });
});
