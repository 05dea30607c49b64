/** What a Content-Encoding names, undone within bounds: on output, frames and work. There is none on the
 *  ratio: an honest file of fixed-width lines has 343. */
import type { Transform } from "node:stream";
import zlib from "node:zlib";
import { Problem } from "../problem.ts";
import { overloaded, tooLarge } from "../problems.ts";
import { createMeter, type Meter } from "./meter.ts";

/** The codings that a header names, the first applied first. Names that are none are left out: many senders
 *  write the charset there. */
export function codingsOf(header: string | undefined): readonly string[] {
  if (header === undefined || header === "") return none;
  const names = header
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
  // A header of commas holds 8,000; which of them are codings is then all the same.
  return names.length > namesMax ? names : names.filter((name) => !isNoCoding(name));
}

/** The names in a header that are no coding, as sent: what a sender means by them is said nowhere else. */
export function noCodingsOf(header: string | undefined): string | undefined {
  if (header === undefined || header === "") return undefined;
  const names = header.split(",").map((name) => name.trim());
  if (names.length > namesMax) return undefined;
  return names.filter((name) => name !== "" && isNoCoding(name.toLowerCase())).join(", ") || undefined;
}

/** Whether anybody here could undo them. */
export function areKnown(codings: readonly string[]): boolean {
  return codings.length <= codingsMax && codings.every((name) => name in engines);
}

const none: readonly string[] = [];

function isNoCoding(name: string): boolean {
  if (noCodings.has(name)) return true;
  if (name in engines) return false;
  try {
    return new TextDecoder(name) instanceof TextDecoder;
  } catch {
    return false;
  }
}

/** Not applied, and not a charset either. The middle three are Content-Transfer-Encodings of mail. */
const noCodings: ReadonlySet<string> = new Set(["", "identity", "none", "7bit", "8bit", "binary", "utf8mb4"]);

/** Undoes the codings of a small body at once: for those a place and a thread cost more than the work.
 *  @returns undefined where they are not what the header says, or where it is more work
 *  than that: `inflate` tells */
export function inflateSmall(body: Uint8Array, codings: readonly string[]): Uint8Array | undefined {
  if (body.length > smallBytesMax || codings.length !== 1) return undefined;
  const undo = atOnce[codings[0]!];
  if (undo === undefined) return undefined;
  try {
    const { buffer, engine } = undo(body, { maxOutputLength: smallOutputBytesMax, info: true });
    return engine.bytesWritten === body.length && buffer.length > 0 ? buffer : undefined;
  } catch {
    return undefined;
  }
}

/** @param meter counts the work; ended here
 *  @returns undefined where the bytes are not what the header says, or where nobody here knows the coding or
 *  makes so many frames: they are kept as sent
 *  @throws too_large past `bytesMax`: a bomb is never held in memory; overloaded past workMsMax */
export async function inflate(
  body: Uint8Array,
  codings: readonly string[],
  bytesMax: number,
  meter: Meter = createMeter(),
): Promise<Uint8Array | undefined> {
  if (!areKnown(codings)) return undefined;
  try {
    let bytes = body;
    // The last one named was applied last.
    for (const name of codings.toReversed()) {
      const undone = await undo(name, bytes, { bytesMax, meter });
      if (undone === undefined) return undefined;
      bytes = undone;
    }
    return bytes;
  } finally {
    meter.end();
  }
}

const smallBytesMax = 4 * 1024;
const smallOutputBytesMax = 64 * 1024;
/** Nobody encodes more often by purpose. */
const codingsMax = 3;
/** Names that are looked at, whether codings or not. */
const namesMax = 16;
/** Frames of zstd, which may give no output: 8 MiB hold 900,000 empty ones. Each costs an engine, 0.2 ms. */
export const framesMax = 128;
/** Work that one body may take, in ms of CPU. The largest honest one takes a third of it. */
export const workMsMax = 150;
/** The most that is handed to an engine at once, and that it gives at once: between two of
 *  them bounds are looked at. */
const sliceBytes = 64 * 1024;

interface Bounds {
  readonly bytesMax: number;
  readonly meter: Meter;
}

type Engine = Transform & { readonly bytesWritten: number };

/** RFC 9659: a window of more than 8 MB is none of HTTP's, and would be memory that a few bytes ask for. */
const zstdWindow = { [zlib.constants.ZSTD_d_windowLogMax]: 23 };

const engines: Readonly<Record<string, (chunkSize: number) => Engine>> = Object.assign(Object.create(null), {
  gzip: (chunkSize: number) => zlib.createGunzip({ chunkSize }),
  "x-gzip": (chunkSize: number) => zlib.createGunzip({ chunkSize }),
  br: (chunkSize: number) => zlib.createBrotliDecompress({ chunkSize }),
  zstd: (chunkSize: number) => zlib.createZstdDecompress({ chunkSize, params: zstdWindow }),
  // RFC 9110 means zlib's format; some senders leave its header away.
  deflate: (chunkSize: number) => zlib.createInflate({ chunkSize }),
});

const rawDeflate = (chunkSize: number): Engine => zlib.createInflateRaw({ chunkSize });

type AtOnce = (
  bytes: Uint8Array,
  options: { maxOutputLength: number; info: true },
) => { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };

// The types of zlib do not know what `info` gives.
const atOnce: Readonly<Record<string, AtOnce | undefined>> = Object.assign(Object.create(null), {
  gzip: zlib.gunzipSync,
  "x-gzip": zlib.gunzipSync,
  br: zlib.brotliDecompressSync,
  zstd: (bytes: Uint8Array, options: object) =>
    zlib.zstdDecompressSync(bytes, { ...options, params: zstdWindow }),
  deflate: zlib.inflateSync,
});

async function undo(name: string, bytes: Uint8Array, bounds: Bounds): Promise<Uint8Array | undefined> {
  if (name === "zstd") return unzstd(bytes, bounds);
  const ran = await run(engines[name]!, bytes, bounds);
  if (ran === undefined && name === "deflate")
    return orNothing(all(await run(rawDeflate, bytes, bounds), bytes));
  const whole = all(ran, bytes);
  return name === "br" ? orNothing(whole) : whole;
}

/** Of bytes that are left over, nothing would be kept: then the body stays as it was sent. */
function all(ran: Ran | undefined, bytes: Uint8Array): Uint8Array | undefined {
  return ran?.taken === bytes.length ? ran.output : undefined;
}

/** Without a magic number or a checksum, some short texts pass for an encoded nothing. */
function orNothing(output: Uint8Array | undefined): Uint8Array | undefined {
  return output?.length === 0 ? undefined : output;
}

/** Frame by frame: RFC 8878 lets several follow each other, and zlib stops after the first. */
async function unzstd(bytes: Uint8Array, { bytesMax, meter }: Bounds): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let left = bytes;
  let bytesLeft = bytesMax;
  for (;;) {
    left = withoutSkippable(left);
    if (left.length === 0) break;
    if (parts.length === framesMax) return undefined;
    const ran = await run(engines["zstd"]!, left, { bytesMax: bytesLeft, meter });
    if (ran === undefined || ran.taken === 0) return undefined;
    parts.push(ran.output);
    bytesLeft -= ran.output.length;
    left = left.subarray(ran.taken);
  }
  return parts.length === 1 ? parts[0] : Buffer.concat(parts);
}

/** Frames that hold nothing to be undone; one that was cut is left for the engine to refuse. */
function withoutSkippable(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at + 8 <= bytes.length && (view.getUint32(at, true) & 0xfffffff0) >>> 0 === 0x184d2a50) {
    const end = at + 8 + view.getUint32(at + 4, true);
    if (end > bytes.length) break;
    at = end;
  }
  return bytes.subarray(at);
}

const inflatedHas = "With its Content-Encoding undone, the body has";

interface Ran {
  readonly output: Uint8Array;
  /** How many of the bytes it took: it stops without a word where the encoded text ends. */
  readonly taken: number;
}

/** @returns undefined where the bytes are none of this engine's */
function run(
  open: (chunkSize: number) => Engine,
  bytes: Uint8Array,
  { bytesMax, meter }: Bounds,
): Promise<Ran | undefined> {
  const engine = open(sliceBytes);
  const parts: Buffer[] = [];
  let length = 0;
  let written = 0;
  const feed = () => {
    if (meter.spentMs() > workMsMax) engine.destroy(overloaded());
    else if (written === bytes.length) engine.end();
    else
      engine.write(bytes.subarray(written, (written = Math.min(written + sliceBytes, bytes.length))), feed);
  };
  const work = new Promise<Ran | undefined>((resolve, reject) => {
    engine.on("data", (chunk: Buffer) => {
      length += chunk.length;
      // A small rest would hold the memory of a whole slice.
      parts.push(chunk.length * 2 < sliceBytes ? Buffer.from(chunk) : chunk);
      if (length > bytesMax) engine.destroy(tooLarge({ bytesMax, what: inflatedHas }));
      else if (meter.spentMs() > workMsMax) engine.destroy(overloaded());
    });
    engine.on("error", (error) => (error instanceof Problem ? reject(error) : resolve(undefined)));
    engine.on("end", () => resolve({ output: joined(parts), taken: engine.bytesWritten }));
    feed();
  });
  return work.finally(() => engine.destroy());
}

function joined(parts: readonly Buffer[]): Buffer {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}
