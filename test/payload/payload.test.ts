import { createRequire } from "node:module";

import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  cutBytes,
  payloadBytesMax,
  readPayload,
  textAndBytesMax,
  type Payload,
} from "../../functions/payload/payload.ts";

import { pieceBytesMax } from "../../functions/turn.ts";

const form = "application/x-www-form-urlencoded";

/** For small bodies but multipart, which must not take a promise: the usual hit pays for no
 *  turn of the event loop. */
function read(body: Uint8Array, contentType?: string, contentEncoding?: string): Payload {
  const payload = readPayload(body, { contentType, contentEncoding });
  if (payload instanceof Promise) throw new Error("only multipart and large bodies may be read later");
  return payload;
}

const readLarge = async (body: Uint8Array, contentType?: string): Promise<Payload> =>
  readPayload(body, { contentType });

/** COALESCE(payload_bytes, CAST(payload AS BYTES)), as a query gives it. */
function restored({ payload, payloadBytes }: Payload): Buffer {
  return Buffer.from(payloadBytes ?? payload);
}

const charsets: [label: string, text: string, bytes: number[]][] = [
  ["windows-1251", "Приём", [0xcf, 0xf0, 0xe8, 0xb8, 0xec]],
  ["cp1251", "П", [0xcf]],
  ["WINDOWS-1252", "’€é", [0x92, 0x80, 0xe9]],
  ["ISO-8859-1", "’é", [0x92, 0xe9]],
  ["us-ascii", "é", [0xe9]],
  ["koi8-r", "Пр", [0xf0, 0xd2]],
  ["koi8-u", "єї", [0xa4, 0xa7]],
  ["ibm866", "Пр", [0x8f, 0xe0]],
  ["shift_jis", "日本ア", [0x93, 0xfa, 0x96, 0x7b, 0x83, 0x41]],
  ["euc-jp", "日本", [0xc6, 0xfc, 0xcb, 0xdc]],
  ["iso-2022-jp", "日本", [0x1b, 0x24, 0x42, 0x46, 0x7c, 0x4b, 0x5c, 0x1b, 0x28, 0x42]],
  ["gbk", "中文", [0xd6, 0xd0, 0xce, 0xc4]],
  ["gb2312", "中", [0xd6, 0xd0]],
  ["gb18030", "¥中", [0x81, 0x30, 0x84, 0x36, 0xd6, 0xd0]],
  ["big5", "中文", [0xa4, 0xa4, 0xa4, 0xe5]],
  ["euc-kr", "한", [0xc7, 0xd1]],
  ["utf-16le", "A1П", [0x41, 0, 0x31, 0, 0x1f, 0x04]],
  ["utf-16be", "A1П", [0, 0x41, 0, 0x31, 0x04, 0x1f]],
  ["utf-16", "A", [0xff, 0xfe, 0x41, 0]],
  ["UTF-16", "A", [0xfe, 0xff, 0, 0x41]],
  ["iso-8859-2", "ąć", [0xb1, 0xe6]],
  ["iso-8859-5", "Пр", [0xbf, 0xe0]],
  ["iso-8859-7", "α", [0xe1]],
  ["iso-8859-9", "ı", [0xfd]],
  ["iso-8859-15", "€", [0xa4]],
  ["iso-8859-16", "€", [0xa4]],
  ["windows-1250", "ą", [0xb9]],
  ["windows-1256", "ا", [0xc7]],
];

test.each(charsets)("a body in %s is readable, and its bytes are kept", (label, text, bytes) => {
  const body = Uint8Array.from(bytes);
  for (const header of [
    `text/plain; charset=${label}`,
    `text/plain;CHARSET="${label}"; x=y`,
    `text/plain; charset = ${label}`,
  ]) {
    expect(read(body, header)).toEqual({ payload: text, payloadBytes: body });
  }
});

test("UTF-8 needs no second copy, with or without a byte order mark, NUL included", () => {
  for (const text of ["", "abc", "Приём 日本 🙂", "\ufeff{}", "\ufeff\ufeff", "a\0b", "\ufffd"]) {
    const payload = read(Buffer.from(text), "text/plain; charset=utf-8");
    expect(payload.payload).toBe(text);
    expect(payload.payloadBytes).toBeUndefined();
  }
});

test("UTF-8 is read as such under a wrong name", () => {
  const body = Buffer.from("Олена=日本");
  for (const label of ["iso-8859-1", "windows-1251", "utf-16", "utf-16le", "no-such-charset", "utf-7", ""]) {
    expect(read(body, `text/plain; charset=${label}`)).toEqual({
      payload: "Олена=日本",
    });
  }
  expect(read(Buffer.from('{"a":1}'), "application/json; charset=utf-16")).toEqual({
    payload: '{"a":1}',
    fields: '{"a":1}',
  });
});

test("ASCII under any charset that keeps it needs no second copy", () => {
  const body = Buffer.from('{"a":"\\\\~"}\t');
  for (const [label] of charsets) {
    expect(read(body, `text/plain; charset=${label}`)).toEqual({
      payload: body.toString(),
      fields: '{"a":"\\\\~"}',
    });
  }
});

test.each(charsets)("%s is read in pieces as it is read at once", async (label, _text, bytes) => {
  const header = `text/plain; charset=${label}`;
  const isUtf16 = /^utf-16/i.test(label);
  // A switch right after a switch is a mistake in iso-2022-jp: a letter stands between them.
  const unit = label === "iso-2022-jp" ? [...bytes, 0x61] : bytes;
  // Borders of pieces fall on each byte of a character.
  for (const before of isUtf16 ? [0] : [0, 1, 2, 3]) {
    const repeats = Math.ceil((3 * pieceBytesMax) / unit.length);
    const body = Buffer.concat([
      Buffer.alloc(before, "a"),
      Buffer.alloc(repeats * unit.length, Uint8Array.from(unit)),
    ]);
    const once = new TextDecoder(isUtf16 && bytes[0] === 0xfe ? "utf-16be" : label);
    expect((await readLarge(body, header)).payload === once.decode(body)).toBe(true);
    // With a mistake, at the start of the second piece and at the end.
    for (const at of [pieceBytesMax + 1, body.length]) {
      const broken = Buffer.concat([body.subarray(0, at), Uint8Array.of(0xff, 0xff, 0xff)]);
      const wanted = new TextDecoder(once.encoding).decode(broken);
      expect((await readLarge(broken, header)).payload === wanted).toBe(true);
    }
  }
});

test("a short Chinese name that passes for UTF-8 is read in the charset that was named", () => {
  const body = Uint8Array.from([0xc4, 0xaa, 0xd0, 0xa1]); // "莫小" in gbk, "Ī" and "С" in UTF-8
  expect(read(body, "text/plain; charset=gbk")).toEqual({
    payload: "莫小",
    payloadBytes: body,
  });
});

test("U+FFFD stands for what is not text, and the bytes are kept", () => {
  const body = Uint8Array.from([0x61, 0xff, 0x00, 0xfe, 0x62]);
  expect(read(body)).toEqual({
    payload: "a\ufffd\0\ufffdb",
    payloadBytes: body,
  });
  const odd = Uint8Array.from([0x41, 0x00, 0xff]);
  expect(read(odd, "text/plain; charset=utf-16le")).toEqual({
    payload: "A\ufffd",
    payloadBytes: odd,
  });
});

test("COALESCE(payload_bytes, CAST(payload AS BYTES)) is the body, whatever the body and its Content-Type are", () => {
  const labels = [
    ...charsets.map(([label]) => label),
    "utf-8",
    "utf8",
    "nonsense",
    '"',
    "replacement",
    "hz-gb-2312",
  ];
  const types = ["text/plain", form, "application/json", "", ";", "multipart/mixed"];
  const contentType = fc.oneof(
    fc.constant(undefined),
    fc.string({ unit: "binary" }).filter((text) => !/multipart\/form-data/i.test(text)),
    fc
      .tuple(fc.constantFrom(...types), fc.constantFrom(...labels))
      .map(([type, label]) => `${type}; charset=${label}`),
  );
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.string({ unit: "binary", maxLength: 64 }).map((text) => Uint8Array.from(Buffer.from(text))),
    fc.string({ unit: "binary", maxLength: 64 }).map((text) => Uint8Array.from(Buffer.from(text, "utf16le"))),
    fc.json().map((text) => Uint8Array.from(Buffer.from(`\ufeff${text}`))),
    fc.constantFrom(...charsets).map(([, , bytes]) => Uint8Array.from(bytes)),
  );
  fc.assert(
    fc.property(body, contentType, fc.constantFrom(undefined, "gzip"), (bytes, header, encoding) => {
      const payload = read(bytes, header, encoding);
      expect(restored(payload).equals(bytes)).toBe(true);
      expect(payload.payload.isWellFormed()).toBe(true);
      // Kept once where once is enough.
      if (payload.payloadBytes !== undefined) expect(Buffer.from(payload.payload).equals(bytes)).toBe(false);
      if (payload.fields !== undefined) expect(typeof JSON.parse(payload.fields)).toBe("object");
      if (encoding !== undefined && bytes.includes(0)) expect(payload.fields).toBeUndefined();
    }),
    { numRuns: 3000 },
  );
});

test("a body under a coding that cannot be undone has fields where it is plain text all the same", () => {
  for (const coding of ["gzip", "aws-chunked"]) {
    expect(read(Buffer.from("a=1"), form, coding)).toEqual({ payload: "a=1", fields: '{"a":"1"}' });
    expect(read(Buffer.from('{"a":1}\r\n'), "application/json", coding).fields).toBe('{"a":1}');
    const cyrillic = Buffer.concat([Buffer.from('{"a":"'), Uint8Array.of(0xcf), Buffer.from('"}')]);
    expect(read(cyrillic, "text/json; charset=windows-1251", coding).fields).toBe('{"a":"П"}');
    expect(read(Buffer.from("a=1\0"), form, coding).fields).toBeUndefined();
    expect(read(Uint8Array.of(0x61, 0x3d, 0xff), form, coding).fields).toBeUndefined();
  }
});

test("a body that could not be inflated is kept as sent, without fields", () => {
  const gzip = Uint8Array.from([0x1f, 0x8b, 0x08, 0x00]);
  expect(read(gzip, form, "gzip")).toEqual({
    payload: "\x1f\ufffd\b\0",
    payloadBytes: gzip,
  });
});

test("text of 8 MiB is kept whole; one byte more is cut to 1 MiB, beside all of the bytes", async () => {
  const whole = Buffer.alloc(payloadBytesMax, "a");
  const atLimit = await readLarge(whole);
  expect(atLimit.payload.length).toBe(payloadBytesMax);
  expect(atLimit.payloadBytes).toBeUndefined();

  const longer = Buffer.alloc(payloadBytesMax + 1, "a");
  const past = await readLarge(longer);
  expect(past.payload).toBe("a".repeat(cutBytes));
  expect(past.payloadBytes).toBe(longer);
});

test("what is not text is cut to its first 1 MiB, on the border of a character", async () => {
  const text = `x${"Ж".repeat(900_000)}`;
  const body = Buffer.concat([Buffer.from(text), Uint8Array.of(0xff)]);
  const { payload, payloadBytes } = await readLarge(body);
  expect(Buffer.byteLength(payload)).toBe(cutBytes - 1); // the next character has two bytes
  expect(text.startsWith(payload)).toBe(true);
  expect(payloadBytes).toBe(body);

  const small = Buffer.alloc(cutBytes - 3, "a");
  small[0] = 0xff;
  expect(Buffer.byteLength((await readLarge(small)).payload)).toBe(cutBytes - 1);
  const noise = Buffer.alloc(payloadBytesMax, 0xff);
  expect(Buffer.byteLength((await readLarge(noise)).payload)).toBe(cutBytes - 1); // a multiple of three
  expect(
    Buffer.byteLength((await readLarge(noise, "text/plain; charset=shift_jis")).payload),
  ).toBeLessThanOrEqual(cutBytes);
});

test("a decoded text is cut where text and bytes together would not fit into a row", async () => {
  // One byte of windows-1251 is two of UTF-8.
  const fits = Buffer.alloc(textAndBytesMax / 3, 0xcf);
  expect((await readLarge(fits, "text/plain; charset=windows-1251")).payload.length).toBe(fits.byteLength);
  const tooMuch = Buffer.alloc(textAndBytesMax / 3 + 1, 0xcf);
  const { payload, payloadBytes } = await readLarge(tooMuch, "text/plain; charset=windows-1251");
  expect(payload).toBe("П".repeat(cutBytes / 2));
  expect(payloadBytes).toBe(tooMuch);
});

test("thousands of different Content-Types change nothing for the next hit", () => {
  for (let index = 0; index < 2000; index++)
    read(Buffer.from("a=1"), `text/plain; charset=utf-8; n=${index}`);
  expect(read(Uint8Array.of(0xcf), "text/plain; charset=windows-1251").payload).toBe("П");
});

/** Real webhooks that nobody here wrote. */
const examples: { name: string; examples: unknown[] }[] = createRequire(import.meta.url)(
  "@octokit/webhooks-examples",
);

test.each(examples.map(({ name, examples: bodies }) => [name, bodies] as const))(
  "GitHub's %s arrives byte for byte with equal fields, as JSON and as a form",
  (_name, bodies) => {
    expect(bodies.length).toBeGreaterThan(0);
    for (const example of bodies) {
      for (const json of [JSON.stringify(example), JSON.stringify(example, null, 2)]) {
        const plain = read(Buffer.from(json), "application/json");
        expect(plain.payload).toBe(json);
        expect(plain.payloadBytes).toBeUndefined();
        expect(JSON.parse(plain.fields!)).toEqual(example);
        for (const escaped of [
          `payload=${encodeURIComponent(json)}`,
          String(new URLSearchParams({ payload: json })),
        ]) {
          const { payload, payloadBytes, fields } = read(Buffer.from(escaped), form);
          expect(payload).toBe(escaped);
          expect(payloadBytes).toBeUndefined();
          const parsed: { payload: string } = JSON.parse(fields!);
          expect(parsed).toEqual({ payload: json });
          expect(JSON.parse(parsed.payload)).toEqual(example);
        }
      }
    }
  },
);
