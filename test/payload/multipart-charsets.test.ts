import { expect, test } from "@jest/globals";
import { readPayload } from "../../functions/payload/payload.ts";

const order = Uint8Array.of(0xc7, 0xca); // "ЗК" in windows-1251, no UTF-8

type Piece = string | Uint8Array;

async function fields(contentType: string, ...pieces: Piece[]): Promise<unknown> {
  const body = Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
  const read = await readPayload(body, { contentType });
  expect(Buffer.from(read.payloadBytes ?? read.payload).equals(body)).toBe(true);
  return JSON.parse(read.fields!);
}

const part = (name: Piece, value: Piece, ...headers: string[]): Piece[] => [
  `--x\r\nContent-Disposition: form-data; name="`,
  name,
  `"\r\n${headers.map((header) => `${header}\r\n`).join("")}\r\n`,
  value,
  "\r\n",
];
const end = "--x--\r\n";
const bare = "multipart/form-data; boundary=x";

test("texts and names are read in the charset that the body's Content-Type names", async () => {
  const type = `${bare}; charset=windows-1251`;
  expect(await fields(type, ...part("order", order), ...part(order, "1"), end)).toEqual({
    order: "ЗК",
    ЗК: "1",
  });
  // UTF-8 under a wrong name is read as such, as everywhere.
  expect(await fields(type, ...part("order", "ЗК"), end)).toEqual({ order: "ЗК" });
});

test("a part's own charset comes before that of _charset_, which comes before the body's", async () => {
  const koi8 = Uint8Array.of(0xfa, 0xeb);
  const both = [
    ...part("_charset_", "koi8-r"),
    ...part("a", koi8),
    ...part("b", order, "Content-Type: text/plain; charset=windows-1251"),
  ];
  for (const type of [bare, `${bare}; charset=windows-1251`])
    expect(await fields(type, ...both, end)).toEqual({ _charset_: "koi8-r", a: "ЗК", b: "ЗК" });
});

test("a file keeps its bytes, its size, and its name in the form's charset", async () => {
  const file = [
    '--x\r\nContent-Disposition: form-data; name="scan"; filename="',
    order,
    '.txt"\r\nContent-Type: text/plain; charset=windows-1251\r\n\r\n',
    order,
    "\r\n",
  ];
  const { scan } = (await fields(`${bare}; charset=windows-1251`, ...file, end)) as { scan: unknown };
  expect(scan).toMatchObject({ name: "ЗК.txt", size: 2 });
});

test("what is no text in the charset that is named, or names none that is known, is read as before", async () => {
  expect(await fields(`${bare}; charset=shift_jis`, ...part("a", Uint8Array.of(0x81, 0xff)), end)).toEqual({
    a: "\ufffd\ufffd",
  });
  expect(await fields(`${bare}; charset=klingon`, ...part("a", "1"), ...part("b", ""), end)).toEqual({
    a: "1",
    b: "",
  });
  // No bytes at all, not even a line end of its own.
  const empty = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n';
  const with1251 = await readPayload(Buffer.from(`${empty}${end}`), {
    contentType: `${bare}; charset=windows-1251`,
  });
  expect(with1251.fields).toBe(
    (await readPayload(Buffer.from(`${empty}${end}`), { contentType: bare })).fields,
  );
});
