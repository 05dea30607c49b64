/** Bodies of every kind that senders have, each unlike all others, with what Afterclick must keep of it. */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

export interface Sending {
  readonly kind: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The raw query, without `?`. */
  readonly query: string;
  readonly body: Buffer;
  /** Hexadecimal, of the bytes that must be kept: inflated, and the query where the body is empty. */
  readonly sha256: string;
  readonly contentType: string | undefined;
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

const form = "application/x-www-form-urlencoded";
const noise = randomBytes(4 * 1024 * 1024);

/** @param bytesMin of each body; nothing larger than 2 MiB comes out */
const large = (bytesMin: number): Buffer => {
  const bytes = bytesMin + Math.floor(Math.random() * (2 ** 21 - bytesMin - 64));
  const from = Math.floor(Math.random() * (noise.length - bytes));
  return Buffer.concat([Buffer.from(`${randomUUID()}\0\xff`, "latin1"), noise.subarray(from, from + bytes)]);
};
const json = (): Buffer =>
  Buffer.from(
    `{"orderId":"${randomUUID()}","status":"доставлен","total":120.13,\n "lone":"\\ud800","id":12345678901234567890}`,
  );
const cyrillic = (): Buffer =>
  Buffer.concat([
    Buffer.from(`orderId=${randomUUID()}&status=`),
    Buffer.from([0xe4, 0xee, 0xf1, 0xf2, 0xe0, 0xe2, 0xeb, 0xe5, 0xed]),
  ]);

type Made = Partial<Omit<Sending, "kind" | "sha256">> & { kept?: Uint8Array };

const makers: Record<string, () => Made> = {
  form: () => ({
    body: Buffer.from(`orderId=${randomUUID()}&status=%D0%B4+1&total=1.2`),
    contentType: form,
  }),
  json: () => ({ body: json(), contentType: "application/json" }),
  binary: () => ({
    body: Buffer.concat([
      Buffer.from([0, 0xff, 0xfe, 0]),
      randomBytes(8 + Math.floor(Math.random() * 3_000)),
    ]),
  }),
  "windows-1251": () => ({
    body: cyrillic(),
    contentType: `${form}; charset=windows-1251`,
  }),
  empty: () => ({}),
  query: () => {
    const query = `orderId=${randomUUID()}&b=%00`;
    return { query, kept: Buffer.from(query) };
  },
  gzip: () => {
    const kept = json();
    return {
      body: gzipSync(kept),
      kept,
      headers: { "content-encoding": "gzip" },
      contentType: "application/json",
    };
  },
  br: () => {
    const kept = cyrillic();
    const params = { [constants.BROTLI_PARAM_QUALITY]: 4 };
    return {
      body: brotliCompressSync(kept, { params }),
      kept,
      headers: { "content-encoding": "br" },
    };
  },
  "no gzip": () => ({
    body: Buffer.from(`no gzip: ${randomUUID()}`),
    headers: { "content-encoding": "gzip" },
  }),
  large: () => ({ body: large(200 * 1024) }),
  "large gzip": () => {
    const kept = large(200 * 1024);
    const body = gzipSync(kept, { level: 1 });
    return { body, kept, headers: { "content-encoding": "gzip" } };
  },
};
const kinds = Object.keys(makers);
const smallKinds = kinds.filter((kind) => !kind.startsWith("large"));

/** @param largeShare how many of the bodies have 0.2 to 2 MiB, from 0 to 1 */
export function drawSending(largeShare: number): Sending {
  const isLarge = Math.random() < largeShare;
  const kind = isLarge
    ? ["large", "large gzip"][Math.floor(Math.random() * 2)]!
    : smallKinds[Math.floor(Math.random() * smallKinds.length)]!;
  return makeSending(kind);
}

export function makeSending(kind: string): Sending {
  const { body = Buffer.alloc(0), kept = body, query = "", headers = {}, contentType } = makers[kind]!();
  return {
    kind,
    body,
    query,
    contentType,
    headers: {
      ...headers,
      ...(contentType !== undefined && { "content-type": contentType }),
    },
    sha256: sha256(kept),
  };
}
