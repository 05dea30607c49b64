import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { depthMax, keysMax, mayLoseDigits, valuesMax, writeExactly } from "../../functions/payload/json.ts";
import { fieldsBytesMax, readPayload } from "../../functions/payload/payload.ts";

const form = "application/x-www-form-urlencoded";

/** The JSON text of the column, or undefined for NULL. */
async function fields(body: string | Uint8Array, contentType?: string): Promise<string | undefined> {
  return (await readPayload(Buffer.from(body), { contentType })).fields;
}

const never = async (body: string, contentType?: string) =>
  expect(await fields(body, contentType)).toBeUndefined();
const always = async (body: string, contentType: string | undefined, wanted: string) =>
  expect(await fields(body, contentType)).toBe(wanted);

test("an object or an array is parsed as JSON whatever Content-Type says", async () => {
  for (const type of [
    undefined,
    "",
    "application/json",
    "text/html",
    form,
    "multipart/form-data; boundary=x",
  ]) {
    await always(' \r\n{ "orderId" : "N1", "total" : 120.13 }\n', type, '{"orderId":"N1","total":120.13}');
    await always("[1, 2]", type, "[1,2]");
    await always('\ufeff{"a":"b=c"}', type, '{"a":"b=c"}');
  }
});

test("JSON in another charset is parsed after decoding", async () => {
  expect(await fields(Buffer.from('\ufeff{"a":"Ж"}', "utf16le"), "application/json; charset=utf-16")).toBe(
    '{"a":"Ж"}',
  );
  const cyrillic = Buffer.concat([Buffer.from('{"a":"'), Uint8Array.of(0xcf), Buffer.from('"}')]);
  expect(await fields(cyrillic, "application/json; charset=windows-1251")).toBe('{"a":"П"}');
});

test("other JSON values, broken JSON and other text have no fields", async () => {
  for (const body of ["1", '"a"', "null", "", "{", "[1,]", "{'a':1}", '{"a":1}{"a":2}', "<a b='c'>"]) {
    await never(body, "application/json");
  }
  await never("plain text");
});

test("__proto__ and constructor are names as any other", async () => {
  await always('{"__proto__":{"a":1},"constructor":2}', undefined, '{"__proto__":{"a":1},"constructor":2}');
  await always('{"__proto__":{"a":1e2}}', undefined, '{"__proto__":{"a":100}}');
  await always(
    "__proto__=1&constructor=2&__proto__=3",
    undefined,
    '{"__proto__":["1","3"],"constructor":"2"}',
  );
  const part = '--x\r\nContent-Disposition: form-data; name="__proto__"\r\n\r\n1\r\n--x--\r\n';
  await always(part, "multipart/form-data; boundary=x", '{"__proto__":"1"}');
  expect(({} as Record<string, unknown>)["a"]).toBeUndefined();
});

test("of a repeated key the last value wins", async () => {
  await always('{"a":1,"b":2,"a":3}', undefined, '{"a":3,"b":2}');
  await always('{"a":1.0,"b":2e0,"a":3e1}', undefined, '{"a":30,"b":2}');
  // Two keys that become one.
  await always('{"\\ud800":1,"\\udc00":2}', undefined, '{"\ufffd":2}');
});

test("half of a surrogate pair becomes U+FFFD in keys and values; whole pairs and backslashes stay", async () => {
  await always('{"\\uD800":"\\udfffx"}', undefined, '{"\ufffd":"\ufffdx"}');
  await always('["\\ud83d\\ude00\\ud83d","😀\\ude00"]', undefined, '["😀\ufffd","😀\ufffd"]');
  await always('["\\\\ud800"]', undefined, '["\\\\ud800"]');
  await always('["\\ud800",1.0e0,12345678901234567890]', undefined, '["\ufffd",1,12345678901234567890]');
});

test.each([
  ["0", "0"],
  ["-0", "0"],
  ["-0.0", "0"],
  ["0e999", "0"],
  ["1.0", "1"],
  ["1.50", "1.5"],
  ["0.1", "0.1"],
  ["120.13", "120.13"],
  ["1e2", "100"],
  ["1E+2", "100"],
  ["1.5e-7", "1.5e-7"],
  ["9007199254740991", "9007199254740991"],
  ["9007199254740992", "9007199254740992"],
  ["9007199254740993", "9007199254740993"],
  ["9223372036854775807", "9223372036854775807"],
  ["-9223372036854775808", "-9223372036854775808"],
  ["12345678901234567890", "12345678901234567890"],
  ["18446744073709551615", "18446744073709551615"],
  ["-9223372036854775809", '"-9223372036854775809"'],
  ["18446744073709551616", '"18446744073709551616"'],
  ["9007199254740993.0", '"9007199254740993.0"'],
  ["0.1000000000000000055511151231257827", '"0.1000000000000000055511151231257827"'],
  ["1e19", "10000000000000000000"],
  ["1e20", "1e+20"],
  ["-1e19", "-1e+19"],
  ["1e21", "1e+21"],
  ["1e400", '"1e400"'],
  ["-1e400", '"-1e400"'],
  ["1e-400", '"1e-400"'],
  ["5e-324", "5e-324"],
  ["1e99999999999999999999", '"1e99999999999999999999"'],
])("no digit of a number is lost: %s is stored as %s", async (sent, stored) => {
  await always(`[${sent}]`, undefined, `[${stored}]`);
  await always(`{"a": ${sent}, "b":[ 1,${sent} ]}`, undefined, `{"a":${stored},"b":[1,${stored}]}`);
});

/** An exact fraction: what a decimal number is, without any double in between. */
function exact(decimal: string): { units: bigint; exponent: number } {
  const [mantissa = "", power = "0"] = decimal.toLowerCase().split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  let units = BigInt(whole.replace("-", "") + fraction);
  let exponent = Number(power) - fraction.length + 0; // never -0
  if (units === 0n) return { units, exponent: 0 };
  for (; units % 10n === 0n; units /= 10n) exponent++;
  return { units: whole.startsWith("-") ? -units : units, exponent };
}

const isInt = (value: bigint) => value >= -(2n ** 63n) && value < 2n ** 64n;

const digits = (maxLength: number) =>
  fc
    .string({
      unit: fc.constantFrom(..."00123456789"),
      minLength: 1,
      maxLength,
    })
    .map((text) => text.replace(/^0+(?=\d)/, ""));
const number = fc.oneof(
  fc.double({ noDefaultInfinity: true, noNaN: true }).map(String),
  fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }).map(String),
  fc
    .constantFrom(2n ** 53n, 2n ** 63n, 2n ** 64n)
    .chain((edge) => fc.integer({ min: -3, max: 3 }).map((by) => String(edge + BigInt(by)))),
  fc
    .tuple(
      fc.constantFrom("", "-"),
      digits(24),
      fc.option(
        fc.string({
          unit: fc.constantFrom(..."0123456789"),
          minLength: 1,
          maxLength: 24,
        }),
      ),
      fc.option(fc.tuple(fc.constantFrom("e", "E", "e+", "e-"), fc.integer({ min: 0, max: 400 }))),
    )
    .map(
      ([sign, whole, fraction, power]) =>
        sign + whole + (fraction === null ? "" : `.${fraction}`) + (power ?? []).join(""),
    ),
);

test("a number is stored with exactly the value that was sent, or as the text that was sent", async () => {
  await fc.assert(
    fc.asyncProperty(number, async (sent) => {
      const stored = (await fields(`[${sent}]`))!.slice(1, -1);
      if (stored.startsWith('"')) {
        expect(stored).toBe(`"${sent}"`);
        // A text only where a reader could not have held the number.
        const isInteger = /^-?\d+$/.test(sent);
        if (isInteger) expect(isInt(BigInt(sent))).toBe(false);
        else if (Number.isFinite(Number(sent))) expect(exact(String(Number(sent)))).not.toEqual(exact(sent));
        return;
      }
      expect(exact(stored)).toEqual(exact(sent));
      const held = /^-?\d+$/.test(stored) ? isInt(BigInt(stored)) : Number.isFinite(Number(stored));
      expect(held).toBe(true);
    }),
    { numRuns: 5000 },
  );
});

test("the short way to write JSON gives what the careful way gives", () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      number,
      tie("text"),
      fc.constantFrom("true", "null"),
      tie("array"),
      tie("object"),
    ),
    text: fc.string({ unit: "binary" }).map((text) => JSON.stringify(text)),
    array: fc.array(tie("any"), { maxLength: 4 }).map((items) => `[${items.join(" , ")}]`),
    object: fc
      .array(fc.tuple(fc.oneof(tie("text"), fc.constantFrom('"a"', '"__proto__"', '"0"')), tie("any")), {
        maxLength: 4,
      })
      .map((entries) => `{${entries.map(([key, item]) => `${String(key)}:${String(item)}`).join(",\n")}}`),
  }));
  let short = 0;
  fc.assert(
    fc.property(fc.oneof(value.array, value.object), (json) => {
      const source = String(json);
      if (mayLoseDigits.test(source)) return;
      short++;
      expect(JSON.stringify(JSON.parse(source))).toBe(writeExactly(source));
    }),
    { numRuns: 5000 },
  );
  expect(short).toBeGreaterThan(500);
});

test("JSON without huge integers comes out equal to what any parser makes of it", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue())),
      async (value) => {
        const json = JSON.stringify(value, null, 1);
        fc.pre(!/\d{19}/.test(json));
        expect(JSON.parse((await fields(json))!)).toEqual(JSON.parse(json));
      },
    ),
    { numRuns: 500 },
  );
});

test("fields have at most 100 levels", async () => {
  const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  const objects = (levels: number) => '{"a=":'.repeat(levels) + "1" + "}".repeat(levels);
  await always(nested(depthMax), undefined, nested(depthMax));
  await always(objects(depthMax), undefined, objects(depthMax));
  for (const type of [undefined, form]) {
    await never(nested(depthMax + 1), type);
    await never(objects(depthMax + 1), type); // nor are they taken for a form
    await never(nested(500_000), type);
    await never("[".repeat(fieldsBytesMax), type);
  }
});

test("fields have at most 10,000 keys", async () => {
  const json = (keys: number) => `[${Array.from({ length: keys }, (_, index) => `{"k${index}":1}`).join()}]`;
  await always(json(keysMax), undefined, json(keysMax));
  await never(json(keysMax + 1));
  const pairs = (keys: number) => Array.from({ length: keys }, (_, index) => `k${index}=`).join("&&");
  expect(Object.keys(JSON.parse((await fields(pairs(keysMax), form))!)).length).toBe(keysMax);
  await never(pairs(keysMax + 1), form);
  await always(`a=1${"&".repeat(500_000)}&b=2`, form, '{"a":"1","b":"2"}');
  const parts = (keys: number) =>
    '--x\r\nContent-Disposition:form-data;name="k"\r\n\r\n\r\n'.repeat(keys) + "--x--\r\n";
  const multipart = "multipart/form-data; boundary=x";
  expect(JSON.parse((await fields(parts(keysMax), multipart))!).k.length).toBe(keysMax);
  await never(parts(keysMax + 1), multipart);
});

test("fields have at most 30,000 values, and 10,000 numbers that are written anew", async () => {
  const list = (count: number, item: string) => `[${Array(count).fill(item).join()}]`;
  // One more is the array itself; n values have n - 1 commas.
  for (const item of ["1", "[]", "{}", '""', "null", '"a,b:[{1e1"']) {
    const most = item === "[]" || item === "{}" ? valuesMax / 2 : valuesMax;
    await always(list(most, item), undefined, list(most, item));
    await never(list(most + 1, item));
  }
  await always(list(keysMax, "1e1"), undefined, list(keysMax, "10"));
  await never(list(keysMax + 1, "1e1"));
  await always(list(keysMax, "1234567890123456"), undefined, list(keysMax, "1234567890123456"));
  await never(list(keysMax + 1, "1234567890123456"));
  await always(list(keysMax + 1, "123456789012345"), undefined, list(keysMax + 1, "123456789012345"));
});

test("a payload of more than 1 MiB has no fields", async () => {
  const json = (bytes: number) => `["${"a".repeat(bytes - 4)}"]`;
  await always(json(fieldsBytesMax), undefined, json(fieldsBytesMax));
  await never(json(fieldsBytesMax + 1));
  expect(await fields(`a=${"b".repeat(fieldsBytesMax - 2)}`)).toBeDefined();
  await never(`a=${"b".repeat(fieldsBytesMax - 1)}`);
});
