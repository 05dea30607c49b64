import { promisify } from "node:util";
import zlib from "node:zlib";
import { tooLarge } from "../problem.ts";

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
      bytes = await undo(bytes, { maxOutputLength: bytesMax });
    }
    return bytes;
  } catch (error) {
    if (isTooLarge(error)) throw tooLarge({ bytesMax }, error);
    return undefined;
  } finally {
    free();
  }
}

/** Nobody encodes more often by purpose. */
const encodingsMax = 3;
/** Each may hold `bytesMax` that the door has not counted yet. */
const inflatingMax = 8;

type Decode = (
  bytes: Uint8Array,
  options: { maxOutputLength: number },
) => Promise<Uint8Array>;

const gunzip: Decode = promisify(zlib.gunzip);
const inflateZlib: Decode = promisify(zlib.inflate);
const inflateRaw: Decode = promisify(zlib.inflateRaw);

const decoders: Record<string, Decode | undefined> = {
  gzip: gunzip,
  "x-gzip": gunzip,
  br: promisify(zlib.brotliDecompress),
  zstd: promisify(zlib.zstdDecompress),
  // RFC 9110 means zlib's format; some senders leave its header away.
  deflate: async (bytes, options) => {
    try {
      return await inflateZlib(bytes, options);
    } catch (error) {
      if (isTooLarge(error)) throw error;
      return inflateRaw(bytes, options);
    }
  },
};

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
