/** Well-formed requests with bodies that break programs, each with what must become of it. */
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from "node:zlib";

export interface BadBody {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** 200 unless said otherwise. */
  readonly status?: number;
  /** What must be kept where it is 200: the body as sent unless said otherwise. */
  readonly kept?: Buffer;
}

const mebibyte = 1024 * 1024;
export const bodyBytesMax = 8 * mebibyte;
const json = { "content-type": "application/json" };
const form = { "content-type": "application/x-www-form-urlencoded" };
const zeros = Buffer.alloc(mebibyte);
const fast = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
const times = (part: Buffer, count: number) => Buffer.concat(Array.from({ length: count }, () => part));
const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

/** A gibibyte each, in some kilobytes. */
export const bombs: readonly BadBody[] = [
  {
    name: "a gzip bomb",
    headers: { "content-encoding": "gzip" },
    body: times(gzipSync(zeros), 1024),
    status: 413,
  },
  {
    name: "a zstd bomb",
    headers: { "content-encoding": "zstd" },
    body: times(zstdCompressSync(zeros), 1024),
    status: 413,
  },
  {
    name: "a brotli bomb",
    headers: { "content-encoding": "br" },
    body: brotliCompressSync(times(zeros, 64), fast),
    status: 413,
  },
  {
    name: "a bomb in a bomb",
    headers: { "content-encoding": "gzip, gzip" },
    body: gzipSync(times(gzipSync(zeros), 1024)),
    status: 413,
  },
];

const charsets = [
  "utf-8",
  "utf8",
  "utf-7",
  "utf-16",
  "utf-16le",
  "utf-16be",
  "utf-32",
  "windows-1251",
  "cp1251",
  "koi8-r",
  "koi8-u",
  "shift_jis",
  "gbk",
  "gb18030",
  "big5",
  "euc-kr",
  "iso-2022-jp",
  "iso-8859-1",
  "iso-8859-16",
  "x-user-defined",
  "hz-gb-2312",
  "replacement",
  "\u00ff\u00fe",
  "__proto__",
  "constructor",
  "",
  '"',
  "utf-8; charset=koi8-r",
  "x".repeat(2_000),
];

const listed: readonly BadBody[] = [
  { name: "NUL", headers: json, body: Buffer.alloc(5_000) },
  { name: "every byte", headers: {}, body: every },
  {
    name: "a byte order mark",
    headers: json,
    body: Buffer.from('\ufeff{"a":1}'),
  },
  {
    name: "lone surrogates",
    headers: json,
    body: Buffer.from('{"a":"\\ud800","\\udfff":"\\udc00\\ud800"}'),
  },
  {
    name: "surrogates as UTF-8",
    headers: json,
    body: Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]),
  },
  {
    name: "overlong UTF-8",
    headers: json,
    body: Buffer.from([0x7b, 0xc0, 0x80, 0xf8, 0x88, 0x80, 0x80, 0x80, 0x7d]),
  },
  {
    name: "JSON 500,000 deep",
    headers: json,
    body: Buffer.from("[".repeat(500_000) + "]".repeat(500_000)),
  },
  {
    name: "JSON that only opens",
    headers: json,
    body: Buffer.from('{"a":'.repeat(200_000)),
  },
  {
    name: "objects 101 deep",
    headers: json,
    body: Buffer.from('{"a":'.repeat(101) + "1" + "}".repeat(101)),
  },
  {
    name: "200,000 JSON keys",
    headers: json,
    body: Buffer.from(`{${Array.from({ length: 200_000 }, (_, i) => `"${i}":1`).join()}}`.slice(0, mebibyte)),
  },
  {
    name: "11,000 JSON keys",
    headers: json,
    body: Buffer.from(`{${Array.from({ length: 11_000 }, (_, i) => `"k${i}":1`).join()}}`),
  },
  {
    name: "the same key 50,000 times",
    headers: json,
    body: Buffer.from(`{${Array.from({ length: 50_000 }, () => '"a":1').join()}}`),
  },
  {
    name: "numbers past all ranges",
    headers: json,
    body: Buffer.from(`{"a":1e400,"b":-0,"c":${"9".repeat(5_000)},"d":1E-400,"e":0.${"1".repeat(5_000)}}`),
  },
  {
    name: "__proto__ as JSON",
    headers: json,
    body: Buffer.from('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'),
  },
  {
    name: "__proto__ as form",
    headers: form,
    body: Buffer.from("__proto__=1&__proto__[polluted]=1&constructor=2&toString=3&hasOwnProperty=4"),
  },
  {
    name: "100,000 form keys",
    headers: form,
    body: Buffer.from(Array.from({ length: 100_000 }, (_, i) => `k${i}=${i}`).join("&")),
  },
  {
    name: "one form key 100,000 times",
    headers: form,
    body: Buffer.from(Array.from({ length: 100_000 }, () => "a=1").join("&")),
  },
  {
    name: "broken escapes",
    headers: form,
    body: Buffer.from("a=%&b=%zz&c=%u0041&%=%&=&&&==&d=%ff%fe&e=%00"),
  },
  {
    name: "only separators",
    headers: form,
    body: Buffer.from("&".repeat(500_000)),
  },
  {
    name: "a multipart without boundary",
    headers: { "content-type": "multipart/form-data" },
    body: Buffer.from("--x\r\n\r\na\r\n--x--"),
  },
  {
    name: "a multipart cut short",
    headers: { "content-type": "multipart/form-data; boundary=x" },
    body: Buffer.from('--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nhalf'),
  },
  {
    name: "100,000 parts",
    headers: { "content-type": "multipart/form-data; boundary=x" },
    body: Buffer.from(
      `${'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'.repeat(15_000)}--x--`,
    ),
  },
  {
    name: "a boundary of 60 dashes",
    headers: {
      "content-type": `multipart/form-data; boundary=${"-".repeat(60)}`,
    },
    body: Buffer.from("-".repeat(700_000)),
  },
  {
    name: "what is no gzip",
    headers: { "content-encoding": "gzip" },
    body: every,
  },
  {
    name: "half a gzip",
    headers: { "content-encoding": "gzip" },
    body: gzipSync(every).subarray(0, 100),
  },
  {
    name: "an unknown encoding",
    headers: { "content-encoding": "snappy\u00ff" },
    body: every,
  },
  {
    name: "more encodings than anybody has",
    headers: { "content-encoding": "gzip, ".repeat(500) },
    body: every,
  },
  {
    name: "identity, gzip",
    headers: { "content-encoding": "identity, GZIP" },
    body: gzipSync("kept"),
    kept: Buffer.from("kept"),
  },
  {
    name: "nothing, as gzip",
    headers: { "content-encoding": "gzip" },
    body: gzipSync(""),
    kept: Buffer.alloc(0),
  },
  {
    name: "a name of 255 bytes",
    headers: { "webhook-id": "\u00e9".repeat(255) },
    body: every,
  },
  {
    name: "a name of 256 bytes",
    headers: { "webhook-id": "n".repeat(256) },
    body: every,
  },
  {
    name: "the largest body",
    headers: {},
    body: Buffer.alloc(bodyBytesMax, "é"),
  },
  {
    name: "the largest body of no text",
    headers: {},
    body: Buffer.alloc(bodyBytesMax, 0xff),
  },
  {
    name: "one byte more",
    headers: {},
    body: Buffer.alloc(bodyBytesMax + 1),
    status: 413,
  },
  {
    name: "the largest body, inflated",
    headers: { "content-encoding": "gzip" },
    body: gzipSync(Buffer.alloc(bodyBytesMax)),
    kept: Buffer.alloc(bodyBytesMax),
  },
  {
    name: "one byte more, inflated",
    headers: { "content-encoding": "gzip" },
    body: gzipSync(Buffer.alloc(bodyBytesMax + 1)),
    status: 413,
  },
  {
    name: "a Content-Type of 4 KiB",
    headers: { "content-type": `${"\u00e9".repeat(4_000)}/x` },
    body: every,
  },
  {
    name: "headers past their limit",
    headers: { long: "h".repeat(20_000) },
    body: every,
    status: 431,
  },
];

export function badBodies(): BadBody[] {
  const made = [...listed];
  for (const charset of charsets)
    for (const body of [every, Buffer.from('{"a":"доставлен"}'), Buffer.from([0xfe, 0xff, 0, 0x7b, 0, 0x7d])])
      made.push({
        name: `charset ${charset.slice(0, 20)}`,
        headers: { "content-type": `application/json; charset=${charset}` },
        body,
      });
  return made;
}
