import zlib from "node:zlib";
import { createCollect } from "../../functions/collect/collect.ts";
import { toAttributes, type Hit } from "../../functions/hit.ts";
import { isProblem, Problem, internal } from "../../functions/problem.ts";
import { readStream } from "../../functions/streams/stream.ts";
import { turn } from "../../functions/turn.ts";
import { makeMessage, topicBytes, writeRequest } from "../../infra/google/queue/publish-request.ts";
import { pack } from "../../infra/local/queue/wire.ts";
import { request } from "../support/request.ts";
import { repeated, type Answer, type Subject } from "./subject.ts";

const mebibyte = 1024 * 1024;
const outputBytesMax = 8 * mebibyte;
const id = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";
const { constants } = zlib;

/** From request to queue, as collect goes. */
export async function collect(body: Buffer, headers: Record<string, string>): Promise<Answer> {
  const handler = createCollect({
    streams: {
      forget: () => undefined,
      get: () => readStream(id, { table: "a.b", offset: "UTC" }, { defaultDataset: "d" }),
    },
    queue: {
      publish: encode,
      check: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    now: () => 1603131452000,
  });
  try {
    await handler(request({ path: `/ds/${id}`, body, headers }));
    return "accepted";
  } catch (error) {
    if (error instanceof Problem && !isProblem(error, internal)) return "refused";
    throw error;
  }
}

/** As both grounds send it. */
async function encode(hit: Hit): Promise<void> {
  await turn();
  pack([hit], undefined);
  await turn();
  const message = makeMessage(toAttributes(hit), hit.body);
  writeRequest(topic, [message], topicBytes(topic) + message.bytes);
}

const topic = "projects/p/topics/t";

const contents = [
  "a",
  "b",
  "\x00",
  "abcdefgh",
  "0123456789",
  "\xff\xfe\xfd",
  "the ",
  "q",
  "zyxwvuts",
  "\x01\x02\x03\x04",
];

type Encoder = zlib.Gzip | zlib.BrotliCompress | zlib.ZstdCompress | zlib.DeflateRaw;

/** What an encoder makes of the same content once more, up to a border of bytes: that can
 *  stand any number of times. */
async function again(
  encoder: Encoder,
  kind: number,
  content: Buffer,
): Promise<[first: Buffer, next: Buffer]> {
  const parts: Buffer[] = [];
  encoder.on("data", (chunk: Buffer) => parts.push(chunk));
  const piece = async (): Promise<Buffer> => {
    parts.length = 0;
    encoder.write(content);
    await new Promise<void>((resolve) => encoder.flush(kind, resolve));
    await new Promise((resolve) => setImmediate(resolve));
    return Buffer.concat(parts);
  };
  const [first, next] = [await piece(), await piece()];
  encoder.destroy();
  return [first, next];
}

interface Blocks {
  readonly open: () => Encoder;
  /** How a block is flushed. */
  readonly kind: number;
  readonly end: Buffer;
}

/** Blocks of one encoded text, as many as fit into what may be sent and into what may come out. */
function blocks(name: string, coding: string, { open, kind, end }: Blocks): Subject {
  return {
    name,
    tokens: contents,
    bytesMax: outputBytesMax,
    async make(unit, max) {
      const [first, next] = await again(open(), kind, unit);
      const most = Math.floor(outputBytesMax / unit.length) - 1;
      const count = Math.max(1, Math.min(most, Math.floor((max - first.length - end.length) / next.length)));
      return Buffer.concat([first, Buffer.alloc(count * next.length, next), end]);
    },
    run: (body) => collect(body, { "content-encoding": coding }),
  };
}

/** Encoded things that stand one after the other: frames, members, blocks written by hand. */
function sequence(name: string, coding: string, tokens: readonly Buffer[], end: Buffer): Subject {
  return {
    name,
    tokens: tokens.map((token) => token.toString("latin1")),
    bytesMax: outputBytesMax,
    make: (unit, max) => repeated("", unit, end.toString("latin1"), max),
    run: (body) => collect(body, { "content-encoding": coding }),
  };
}

const nothing = Buffer.alloc(0);
const small = ["", "a", "abcabcabc", "the quick brown fox"].map((text) => Buffer.from(text));
const frames = small.map((text) => zlib.zstdCompressSync(text));
const skipped = Buffer.from("502a4d1800000000", "hex");
/** Ends of raw deflate: an empty block in fixed codes, the last. */
const deflateEnd = Buffer.from([0x03, 0x00]);
const deflateBlocks = [
  Buffer.from([0, 0, 0, 0xff, 0xff]), // stored, empty
  Buffer.from("02082080000208208000", "hex"), // eight empty ones in fixed codes
  ...small.map((text) => zlib.deflateRawSync(text, { finishFlush: constants.Z_FULL_FLUSH })),
  ...[8, 40, 200].map((count) =>
    zlib.deflateRawSync(Buffer.from(Array.from({ length: count }, (_, at) => (at * 37) % 256)), {
      finishFlush: constants.Z_FULL_FLUSH,
    }),
  ),
];

/** Codings over codings: what comes out of the first is up to 8 MiB of what costs most in the next. */
const framesInBrotli: Subject = {
  ...sequence("zstd frames in br", "zstd, br", [...frames, skipped], nothing),
  make: (unit, max) =>
    zlib.brotliCompressSync(repeated("", unit, "", max), { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
};
const gzipThrice: Subject = {
  ...sequence("gzip thrice", "gzip, gzip, gzip", deflateBlocks, deflateEnd),
  tokens: contents,
  make: (unit, max) => {
    const gzip = (bytes: Buffer) => zlib.gzipSync(bytes, { level: 0 });
    return gzip(gzip(zlib.gzipSync(repeated("", unit, "", max - 4096), { level: 1 })));
  },
};

const named: Subject = {
  name: "a named delivery",
  tokens: contents,
  bytesMax: outputBytesMax,
  make: (unit, max) => repeated("", unit, "", max),
  run: (body) => collect(body, { "webhook-id": "n" }),
};

const deflate = (options: zlib.ZlibOptions) => () => zlib.createDeflateRaw(options);
const brotli = (quality: number) => () =>
  zlib.createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: quality } });
const zstd = (level: number) => () =>
  zlib.createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: level } });
const full = constants.Z_FULL_FLUSH;
const brotliEnd = Buffer.from([0x03]);
const zstdEnd = Buffer.from([0x01, 0x00, 0x00]);

export const collectSubjects: readonly Subject[] = [
  blocks("deflate", "deflate", { open: deflate({ level: 9 }), kind: full, end: deflateEnd }),
  blocks("deflate in fixed codes", "deflate", {
    open: deflate({ strategy: constants.Z_FIXED }),
    kind: full,
    end: deflateEnd,
  }),
  blocks("deflate without matches", "deflate", {
    open: deflate({ strategy: constants.Z_HUFFMAN_ONLY }),
    kind: full,
    end: deflateEnd,
  }),
  blocks("br of quality 1", "br", {
    open: brotli(1),
    kind: constants.BROTLI_OPERATION_FLUSH,
    end: brotliEnd,
  }),
  blocks("br of quality 9", "br", {
    open: brotli(9),
    kind: constants.BROTLI_OPERATION_FLUSH,
    end: brotliEnd,
  }),
  blocks("br of quality 11", "br", {
    open: brotli(11),
    kind: constants.BROTLI_OPERATION_FLUSH,
    end: brotliEnd,
  }),
  blocks("zstd of level 1", "zstd", { open: zstd(1), kind: constants.ZSTD_e_flush, end: zstdEnd }),
  blocks("zstd of level 19", "zstd", { open: zstd(19), kind: constants.ZSTD_e_flush, end: zstdEnd }),
  sequence("deflate blocks", "deflate", deflateBlocks, deflateEnd),
  sequence(
    "gzip members",
    "gzip",
    small.map((text) => zlib.gzipSync(text)),
    nothing,
  ),
  sequence("zstd frames", "zstd", [...frames, skipped], nothing),
  framesInBrotli,
  gzipThrice,
  named,
];
