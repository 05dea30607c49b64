/** Requests that nobody should send, drawn at random: each is what a broken client, a scanner or an
 *  attacker might write on one connection. `fc.sample(badRequests("/ds/…"), { numRuns, seed })`
 *  gives the same ones again. */
import fc from "fast-check";

export interface BadRequest {
  /** Which shape it was made from, for the message of a failing test. */
  shape: string;
  /** Written one after the other. */
  parts: Buffer[];
  /** What the client does then: waits for the answer, ends its side, or hangs up at once. */
  ending: "waits" | "ends" | "hangs up";
}

/** Every status that may ever answer one; 500 is none of them. */
export const declaredStatuses: ReadonlySet<number> = new Set([
  200, 204, 400, 404, 405, 408, 410, 413, 414, 417, 429, 431, 503,
]);

const host = "Host: localhost\r\n";
const chunked = "Transfer-Encoding: chunked\r\n";

type Shapes = Record<string, fc.Arbitrary<string>>;

/** Requests to one endpoint. */
interface To {
  readonly path: string;
  readonly good: string;
  post(headers: string, body?: string): string;
}

const latin1 = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
const word = fc.stringMatching(/^[!-~]{1,20}$/).filter((text) => !text.includes(":"));
const large = fc.integer({ min: 7_000, max: 60_000 });

/** @param path of an endpoint, so that the well-formed ones among them are hits */
export function badRequests(path: string): fc.Arbitrary<BadRequest> {
  const to: To = {
    path,
    good: `POST ${path} HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello`,
    post: (headers, body = "") => `POST ${path} HTTP/1.1\r\n${host}${headers}\r\n${body}`,
  };
  const shapes: Shapes = { ...firstLines(to), ...lengths(to), ...headerLines(to), ...sizes(to) };
  const drawn = fc.oneof(
    ...Object.entries(shapes).map(([shape, arbitrary]) => arbitrary.map((text) => ({ shape, text }))),
  );
  // Unbiased: drawn as usual, most places would be the very first byte.
  const place = fc.noBias(fc.nat(9_999)).map((n) => n / 10_000);
  const rarely = <T>(arbitrary: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
  const damage = fc.record({
    cutAt: rarely(place),
    flip: rarely(fc.tuple(place, fc.integer({ min: 1, max: 255 }))),
    splits: fc.array(place, { maxLength: 4 }),
    ending: fc.constantFrom<BadRequest["ending"]>(...(["ends", "ends", "waits", "hangs up"] as const)),
  });
  return fc.tuple(drawn, damage).map(([{ shape, text }, { cutAt, flip, splits, ending }]) => {
    const whole = Buffer.from(text, "latin1");
    const at = (part: number) => Math.floor(part * whole.length);
    const bytes = whole.subarray(0, cutAt && at(cutAt));
    if (flip !== undefined && at(flip[0]) < bytes.length)
      bytes[at(flip[0])] = (bytes[at(flip[0])] as number) ^ flip[1];
    const cuts = splits.map((split) => Math.min(at(split), bytes.length));
    const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
    const parts = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
    return { shape, parts, ending };
  });
}

const firstLines = ({ good, path }: To): Shapes => ({
  good: fc.constant(good),
  noise: latin1,
  "noise after a good one": latin1.map((noise) => good + noise),
  "any first line": fc.tuple(word, word, word).map((words) => `${words.join(" ")}\r\n${host}\r\n`),
  "any method": fc
    .oneof(
      word,
      fc.constantFrom(
        "GET",
        "HEAD",
        "PUT",
        "DELETE",
        "PATCH",
        "OPTIONS",
        "TRACE",
        "PROPFIND",
        "QUERY",
        "post",
        "P\0ST",
        "PRI",
        "CONNECT",
        "",
      ),
    )
    .map((method) => `${method} ${path} HTTP/1.1\r\n${host}\r\n`),
  "any target": fc
    .oneof(
      latin1,
      fc.constantFrom(
        "*",
        "",
        "//",
        "http://",
        "http://x",
        "https://a/b?c",
        "a:443",
        "/%",
        "/%zz",
        "/\0",
        "/../..",
        "/ds/",
        `${path}\u00e9`,
        "?",
      ),
    )
    .map((target) => `GET ${target} HTTP/1.1\r\n${host}\r\n`),
  "any version": fc
    .constantFrom(
      "HTTP/1.0",
      "HTTP/0.9",
      "HTTP/2.0",
      "HTTP/1.2",
      "HTTP/9.9",
      "HTTP/11",
      "HTP/1.1",
      "ICE/1.0",
      "RTSP/1.0",
      "",
      "HTTP/1.1 x",
    )
    .map((version) => `POST ${path} ${version}\r\n${host}\r\n`),
});

const lengths = ({ post }: To): Shapes => ({
  "any length": fc
    .oneof(
      fc.integer().map(String),
      fc.bigInt({ min: 0n, max: 2n ** 70n }).map(String),
      fc.constantFrom("", "+5", "5 5", "5,5", "0x5", "5.0", "-0", "05", "\t"),
    )
    .map((length) => post(`Content-Length: ${length}\r\n`, "hello")),
  "two lengths": fc
    .tuple(fc.nat(9), fc.nat(9))
    .map(([a, b]) => post(`Content-Length: ${a}\r\nContent-Length: ${b}\r\n`, "hello")),
  "a length and chunks": fc
    .tuple(fc.boolean(), fc.nat(20))
    .map(([first, length]) =>
      post(
        first ? `Content-Length: ${length}\r\n${chunked}` : `${chunked}Content-Length: ${length}\r\n`,
        `0\r\n\r\nGET /hidden HTTP/1.1\r\n${host}\r\n`,
      ),
    ),
  "any coding": fc
    .constantFrom(
      "gzip",
      "identity",
      "gzip, chunked",
      "chunked, gzip",
      "xchunked",
      "chunked, chunked",
      " chunked",
      "\tchunked",
      "Chunked",
      "chun ked",
      "chunked\0",
      "chunked;q=1",
      "",
      "chunked\r\n chunked",
      '"chunked"',
    )
    .map((coding) => post(`Transfer-Encoding: ${coding}\r\n`, "5\r\nhello\r\n0\r\n\r\n")),
  "any chunks": fc
    .array(
      fc.oneof(
        fc.constantFrom(
          "5\r\nhello\r\n",
          "5\r\nhel\r\n",
          "0\r\n\r\n",
          "zz\r\n",
          "-1\r\n",

          "fffffffffffffffff\r\n",
          "5\nhello\n",
          "5;a=b\r\nhello\r\n",
          "\r\n",
          "5 \r\nhello\r\n",
          "0x5\r\nhello\r\n",
          "00005\r\nhello\r\n",
          "0\r\nTrailer: x\r\n\r\n",
          "0\r\nContent-Length: 9\r\n\r\n",
        ),
        large.map((bytes) => `5;${"e".repeat(bytes)}\r\nhello\r\n`),
        large.map((bytes) => `0\r\nt: ${"t".repeat(bytes)}\r\n\r\n`),
        latin1,
      ),
      { maxLength: 6 },
    )
    .map((chunks) => post(chunked, chunks.join(""))),
});

const headerLines = ({ path, post }: To): Shapes => ({
  "any header line": fc
    .oneof(
      latin1,
      fc.constantFrom(
        ": x",
        "a b: c",
        "a : c",
        "a",
        " a: b",
        "a: b\r\n c",
        "\0: a",
        "a: \0",
        "a:\rb",
        "__proto__: x",
        "constructor: y",
        "a: \u00e9",
        "Host: other",
        "Expect: 100-continue",
        "Expect: x",
        "Expect:",
        "Upgrade: h2c\r\nConnection: Upgrade",
        "Connection: close",
        "Content-Encoding: gzip",
        "Content-Type: \u00ff;charset=\u00fe",
        "Idempotency-Key: \u00e4",
        `webhook-id: ${"w".repeat(256)}`,
      ),
    )
    .map((line) => post(`${line}\r\nContent-Length: 5\r\n`, "hello")),
  "any expectation": fc
    .constantFrom("100-continue", "100-Continue, x", "x", "", "101-continue")
    .map((what) => post(`Expect: ${what}\r\nContent-Length: 5\r\n`, "hello")),
  "hosts missing or twice": fc
    .constantFrom("", host + host, "Host: a, b\r\n", "Host:\r\n")
    .map((hosts) => `GET ${path} HTTP/1.1\r\n${hosts}\r\n`),
});

const sizes = ({ good, path, post }: To): Shapes => ({
  "line ends": fc
    .constantFrom("\n", "\r", "\n\r", "\r\r\n", "\r\n\r\n", "")
    .map((end) => good.replaceAll("\r\n", end)),
  "a long address": large.map((bytes) => `GET ${path}?${"q".repeat(bytes)} HTTP/1.1\r\n${host}\r\n`),
  "long headers": large.map((bytes) => post(`a: ${"h".repeat(bytes)}\r\nContent-Length: 5\r\n`, "hello")),
  "many headers": fc.integer({ min: 1, max: 6_000 }).map((count) => post("a:b\r\n".repeat(count))),
  "a large body": fc
    .tuple(large, large)
    .map(([said, sent]) => post(`Content-Length: ${said}\r\n`, "b".repeat(sent))),
  "many at once": fc.integer({ min: 2, max: 60 }).map((count) => good.repeat(count)),
  "TLS, HTTP/2": fc.constantFrom(
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
  ),
});
