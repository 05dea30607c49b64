import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { keysMax } from "../../functions/payload/json.ts";
import { readPayload } from "../../functions/payload/payload.ts";

const form = "application/x-www-form-urlencoded";

/** The JSON text of the column, or undefined for NULL. */
async function fields(body: string | Uint8Array, contentType?: string): Promise<string | undefined> {
  return (await readPayload(Buffer.from(body), { contentType })).fields;
}

const never = async (body: string, contentType?: string) =>
  expect(await fields(body, contentType)).toBeUndefined();
const always = async (body: string, contentType: string | undefined, wanted: string) =>
  expect(await fields(body, contentType)).toBe(wanted);

test.each(["utf-16", "euc-jp", "gb18030", "shift_jis", "iso-2022-jp", "windows-1251", "utf-8"])(
  "a form has at most 10,000 runs of escapes, in %s too",
  async (charset) => {
    const type = `${form}; charset=${charset}`;
    const runs = (count: number) => `a=${"é%ff".repeat(count)}`;
    expect(await fields(runs(keysMax), type)).toBeDefined();
    await never(runs(keysMax + 1), type);
    const pairs = (count: number) => `a=${"é%ff".repeat(10)}&`.repeat(count / 10);
    expect(await fields(pairs(keysMax), type)).toBeDefined();
    await never(`${pairs(keysMax)}b=é%ff`, type);
  },
);

test("a part of a multipart body has few lines before its bytes", async () => {
  const type = "multipart/form-data; boundary=x";
  const part = (lines: number) =>
    `--x\r\n${"x: y\r\n".repeat(lines)}Content-Disposition: form-data; name="k"\r\n\r\n1\r\n--x--\r\n`;
  await always(part(3 * keysMax - 3), type, '{"k":"1"}');
  await never(part(3 * keysMax), type);
});

test("a form is read where Content-Type says so or says nothing", async () => {
  const body = "orderId=N1&status=delivered&total=120.13&userId=U1";
  const wanted = '{"orderId":"N1","status":"delivered","total":"120.13","userId":"U1"}';
  for (const type of [
    undefined,
    "",
    " ",
    form,
    "Application/X-WWW-Form-Urlencoded; charset=UTF-8",
    `${form}, ${form}`,
  ]) {
    await always(body, type, wanted);
  }
  for (const type of ["text/plain", "application/json", "application/x-www-form-urlencoded-not", ";"])
    await never(body, type);
});

test("a form's first pair holds =, unless Content-Type says that it is a form", async () => {
  await never("hello", form);
  await never("hello&a=1");
  await never("&a=1");
  await always("hello&a=1", form, '{"hello":"","a":"1"}');
  await always("&&a=1", form, '{"a":"1"}');
  await always("=1&a", form, '{"":"1","a":""}');
  await always("a=b=c&d", form, '{"a":"b=c","d":""}');
  await always("\ufeffa=1", form, '{"a":"1"}');
});

test("a repeated name is an array, + is a space, broken escapes stay as they are", async () => {
  await always("items[0][sku]=A&items%5B0%5D[sku]=B&a.b=1", form, '{"items":[{"sku":["A","B"]}],"a.b":"1"}');
  await always("a+b=c+d%2B&e=%20", form, '{"a b":"c d+","e":" "}');
  await always("a=%&b=%zz&c=%4&d=%41%&e=100%25", form, '{"a":"%","b":"%zz","c":"%4","d":"A%","e":"100%"}');
  await always("a=Ж%zz%D0%96&b=%D0%zz", form, '{"a":"Ж%zzЖ","b":"%D0%zz"}');
});

test("escaped bytes are read in the charset of the form, and stay escapes where they are not text", async () => {
  await always("a=%CF%F0", `${form}; charset=windows-1251`, '{"a":"Пр"}');
  await always("a=%D0%9F", `${form}; charset=iso-8859-1`, '{"a":"П"}'); // UTF-8 under a wrong name
  await always("a=%83A+%93%FA", `${form}; charset=shift_jis`, '{"a":"ア 日"}'); // the second byte is a plain A
  await always("a=%CF%F0&b=%ED%A0%80", form, '{"a":"%CF%F0","b":"%ED%A0%80"}');
  // What is text beside them is read: each that is none stays by itself, in the letters that were sent.
  await always(
    "a=%D0%96%cf-%d0%96%F0%9F%98%80%f0%9f&%D0=%C0%AF",
    form,
    '{"a":"Ж%cf-Ж😀%f0%9f","%D0":"%C0%AF"}',
  );
  await always("a=%81%FF", `${form}; charset=shift_jis`, '{"a":"%81%FF"}');
  const raw = Buffer.concat([Buffer.from("a="), Uint8Array.of(0xcf), Buffer.from("%F0%zz+")]);
  expect(await fields(raw, `${form}; charset=windows-1251`)).toBe('{"a":"Пр%zz "}');
});

test("what URLSearchParams writes is read back", async () => {
  const pairs = fc.array(fc.tuple(fc.string({ unit: "binary" }), fc.string({ unit: "binary" })), {
    minLength: 1,
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(pairs, async (entries) => {
      fc.pre(!entries.some(([name]) => name.includes("[")));
      const written = new URLSearchParams(entries);
      const wanted: Record<string, unknown> = Object.create(null);
      for (const [name] of entries) {
        const values = written.getAll(name);
        wanted[name] = values.length === 1 ? values[0] : values;
      }
      const read = JSON.parse((await fields(String(written), form))!);
      expect(new Map(Object.entries(read))).toEqual(new Map(Object.entries(wanted)));
    }),
    { numRuns: 500 },
  );
});

test("multipart/form-data gives texts as values and files by name, type and size", async () => {
  const sent = new FormData();
  sent.append("orderId", "N1");
  sent.append("tag", "a");
  sent.append("tag", "Ж");
  sent.append("tag", "");
  sent.append(
    "scan",
    new File([Uint8Array.of(0, 0xff, 0x0d, 0x0a)], "счёт.pdf", {
      type: "application/pdf",
    }),
  );
  const request = new Response(sent);
  const contentType = request.headers.get("content-type")!;
  const body = new Uint8Array(await request.arrayBuffer());
  const { payloadBytes, fields: read } = await readPayload(body, {
    contentType,
  });
  expect(payloadBytes).toBe(body);
  expect(JSON.parse(read!)).toEqual({
    orderId: "N1",
    tag: ["a", "Ж", ""],
    scan: { name: "счёт.pdf", type: "application/pdf", size: 4 },
  });
});

test("a malformed multipart body has no fields and is never refused", async () => {
  const whole = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n';
  await always(whole, 'Multipart/Form-Data; charset=utf-8; boundary="x"', '{"a":"1"}');
  const cut = whole.indexOf("--x--");
  for (let end = 0; end < cut; end++) await never(whole.slice(0, end), "multipart/form-data; boundary=x");
  await never(whole, "multipart/form-data");
  await never(whole, "multipart/form-data; boundary=y");
  await never("a=1", "multipart/form-data; boundary=x");
  await never(whole, "multipart/form-data; boundary=\u0000");
  await fc.assert(
    fc.asyncProperty(fc.uint8Array(), fc.string({ unit: "binary" }), async (noise, boundary) => {
      const body = Buffer.concat([Buffer.from("--x\r\n"), noise]);
      const payload = await readPayload(body, {
        contentType: `multipart/form-data; boundary=${boundary}`,
      });
      expect(Buffer.from(payload.payloadBytes ?? payload.payload).equals(body)).toBe(true);
    }),
  );
});
