import { promisify } from "node:util";
import zlib from "node:zlib";
import { isProblem, tooLarge } from "../problem.ts";

/** Undoes a Content-Encoding. @returns undefined where the bytes are not what the header says: they are kept as sent
 *  @throws too_large past `bytesMax`: a bomb is never held in memory */
export async function inflate(
  body: Uint8Array,
  encodings: string,
  bytesMax: number,
): Promise<Uint8Array | undefined> {
  const names = encodings
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
  if (names.length > encodingsMax) return undefined;
  await slot();
  try {
    let bytes = body;
    // The last one named was applied last.
    for (const name of names.reverse()) {
      if (name === "identity" || name === "") continue;
      const undo = decoders[name];
      if (undo === undefined) return undefined;
      const undone = await undo(bytes, bytesMax);
      if (undone === undefined) return undefined;
      bytes = undone;
    }
    return bytes;
  } catch (error) {
    if (isTooLarge(error)) throw tooLarge({ bytesMax }, error);
    if (isProblem(error, "too_large")) throw error;
    return undefined;
  } finally {
    free();
  }
}

/** Nobody encodes more often by purpose. */
const encodingsMax = 3;
/** Each may hold `bytesMax` that the door has not counted yet. */
const inflatingMax = 8;

/** @returns undefined where the bytes are not all of one encoded text */
type Decode = (bytes: Uint8Array, bytesMax: number) => Promise<Uint8Array | undefined>;

/** What zlib makes of the bytes, and how many of them it took: it stops without a word where the encoded text ends. */
interface Decoded {
  buffer: Buffer;
  engine: { bytesWritten: number };
}

type Zlib = (
  bytes: Uint8Array,
  options: zlib.ZlibOptions & { info: true },
  done: (error: Error | null, decoded: Decoded) => void,
) => void;

/** Of bytes that are left over, nothing would be kept: then the body stays as it was sent. */
function whole(undo: unknown): Decode {
  const decode = promisify(undo as Zlib);
  return async (bytes, bytesMax) => {
    const { buffer, engine } = await decode(bytes, {
      maxOutputLength: bytesMax,
      info: true,
    });
    return engine.bytesWritten === bytes.length ? buffer : undefined;
  };
}

const inflateZlib = whole(zlib.inflate);
const inflateRaw = whole(zlib.inflateRaw);
const brotli = whole(zlib.brotliDecompress);
const gunzip = whole(zlib.gunzip);

const decoders: Record<string, Decode | undefined> = {
  gzip: gunzip,
  "x-gzip": gunzip,
  // Without a magic number or a checksum, some short texts pass for an encoded nothing.
  br: async (bytes, bytesMax) => {
    const decoded = await brotli(bytes, bytesMax);
    return decoded?.length === 0 ? undefined : decoded;
  },
  zstd: unzstd,
  // RFC 9110 means zlib's format; some senders leave its header away.
  deflate: async (bytes, bytesMax) => {
    try {
      return await inflateZlib(bytes, bytesMax);
    } catch (error) {
      if (isTooLarge(error)) throw error;
      const decoded = await inflateRaw(bytes, bytesMax);
      return decoded?.length === 0 ? undefined : decoded;
    }
  },
};

const zstdFrame = promisify(zlib.zstdDecompress as unknown as Zlib);

/** Frame by frame: RFC 8878 lets several follow each other, and zlib stops after the first. */
async function unzstd(bytes: Uint8Array, bytesMax: number): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let left = bytes;
  let room = bytesMax;
  while (left.length > 0) {
    const { buffer, engine } = await zstdFrame(left, {
      // Zero would mean no limit at all.
      maxOutputLength: Math.max(room, 1),
      info: true,
    });
    if (buffer.length > room) throw tooLarge({ bytesMax });
    parts.push(buffer);
    room -= buffer.length;
    left = left.subarray(engine.bytesWritten);
  }
  return Buffer.concat(parts);
}

function isTooLarge(error: unknown): boolean {
  return (error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE";
}

let inflating = 0;
const waiting: (() => void)[] = [];

async function slot(): Promise<void> {
  if (inflating < inflatingMax) {
    inflating++;
    return;
  }
  await new Promise<void>((resolve) => waiting.push(resolve));
}

/** Hands the place on, so that nobody overtakes. */
function free(): void {
  const next = waiting.shift();
  if (next === undefined) inflating--;
  else next();
}
