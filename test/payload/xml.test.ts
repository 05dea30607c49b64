import { expect, test } from "@jest/globals";
import { depthMax, keysMax } from "../../functions/payload/json.ts";
import { readPayload } from "../../functions/payload/payload.ts";
import { pieceBytesMax } from "../../functions/turn.ts";

async function fields(body: string | Uint8Array, contentType?: string): Promise<string | undefined> {
  return (await readPayload(Buffer.from(body), { contentType })).fields;
}

test.each([
  ["<a>1</a>", '{"a":"1"}'],
  ["<a/>", '{"a":""}'],
  ["<a> 1 </a>", '{"a":" 1 "}'],
  ['<o id="1"/>', '{"o":{"@id":"1"}}'],
  ['<o id="1">x</o>', '{"o":{"@id":"1","$":"x"}}'],
  ['<o id="1">\n  <b>2</b>\n</o>', '{"o":{"@id":"1","b":"2"}}'],
  ["<o>x<b>2</b>y</o>", '{"o":{"b":"2","$":"xy"}}'],
  ["<o><i>1</i><j>2</j><i>3</i><i/></o>", '{"o":{"i":["1","3",""],"j":"2"}}'],
  ['<n:o xmlns="u" xmlns:n="v" n:a="1"><n:b>2</n:b><b>3</b></n:o>', '{"n:o":{"@n:a":"1","n:b":"2","b":"3"}}'],
  ["<a>&lt;&amp;&gt;&quot;&apos;&#1046;&#x1f600;</a>", '{"a":"<&>\\"\'Ж😀"}'],
  ["<a><![CDATA[<b>&amp;]]></a>", '{"a":"<b>&amp;"}'],
  ["<a><!-- no --><?no no?>1</a>", '{"a":"1"}'],
  ["<a>1\r\n2</a>", '{"a":"1\\n2"}'],
  ['<?xml version="1.0"?>\n<a/>\n', '{"a":""}'],
  ['\ufeff<?xml version="1.0"?><a/>', '{"a":""}'],
  ['\r\n <?xml version="1.0"?><a/>', '{"a":""}'],
  [
    '<__proto__ __proto__="1"><constructor/></__proto__>',
    '{"__proto__":{"@__proto__":"1","constructor":""}}',
  ],
])("by one rule, whatever Content-Type says: %s", async (body, wanted) => {
  for (const type of [undefined, "text/xml", "application/json", "application/x-www-form-urlencoded"])
    expect(await fields(body, type)).toBe(wanted);
});

test.each([
  "<a>",
  "<a></b>",
  "<a/><b/>",
  "<a/>x=1",
  "<a b=1/>",
  '<a b="1" b="2"/>',
  '<a b="<"/>',
  "<a>&nbsp;</a>",
  "<a>&#0;</a>",
  "<a>&#xd800;</a>",
  "<a>\u0001</a>",
  "<a>]]></a>",
  "<br><p x='='>",
  "<",
  '<?xml version="1.0"?><?xml version="1.0"?><a/>',
])("what is not well-formed has no fields, and is no form for an = in it: %s", async (body) => {
  expect(await fields(body)).toBeUndefined();
  expect(await fields(body, "text/xml")).toBeUndefined();
});

test("a DTD is not read, and its entities are none", async () => {
  const laughs = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><l>&b;</l>';
  for (const body of [laughs, "<!DOCTYPE a><a/>", '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'])
    for (const type of [undefined, "application/x-www-form-urlencoded"])
      expect(await fields(body, type)).toBeUndefined();
});

test("text on the border of two pieces is whole", async () => {
  for (let before = 0; before < 12; before++) {
    const filler = "x".repeat(pieceBytesMax - before);
    const body = `<a><b>${filler}</b><c d="&amp;é😀">&#1046;\r\n<![CDATA[<]]></c></a>`;
    expect(JSON.parse((await fields(body))!)).toEqual({
      a: { b: filler, c: { "@d": "&é😀", $: "Ж\n<" } },
    });
  }
});

test("the encoding that a declaration names is read where Content-Type names none", async () => {
  const head = Buffer.from('<?xml version="1.0" encoding="windows-1251"?><a>');
  const body = Buffer.concat([head, Uint8Array.of(0xcf, 0xf0), Buffer.from("</a>")]);
  expect(await fields(body, "text/xml")).toBe('{"a":"Пр"}');
  expect(await fields(body, "text/xml; charset=koi8-r")).toBe('{"a":"оП"}');
  // UTF-8 under a wrong name is read as such, as everywhere.
  expect(await fields(Buffer.concat([head, Buffer.from("Пр</a>")]))).toBe('{"a":"Пр"}');
});

test("elements nest at most 100 deep, and make at most 10,000 names with their attributes", async () => {
  const nested = (depth: number) => "<a>".repeat(depth) + "</a>".repeat(depth);
  expect(await fields(nested(depthMax - 1))).toBeDefined();
  expect(await fields(nested(depthMax))).toBeUndefined();
  const wide = (count: number) => `<o>${'<i n=""/>'.repeat(count)}</o>`;
  expect(await fields(wide(keysMax / 2 - 1))).toBeDefined();
  expect(await fields(wide(keysMax / 2))).toBeUndefined();
});
