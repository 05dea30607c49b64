import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { snappyUncompress, type Compressors } from "hyparquet";
import { parquetDamaged } from "../../functions/import/faults.ts";
import { lz4Block } from "./lz4.ts";

/** A page has a megabyte, usually; what says more is damaged, or made to fill our memory. */
const pageBytesMax = 256 * 1024 * 1024;

type Inflate = (packed: Uint8Array, bytes: number) => Uint8Array;

const bounded =
  (inflate: Inflate): Inflate =>
  (packed, bytes) => {
    if (!(bytes >= 0 && bytes <= pageBytesMax)) throw parquetDamaged();
    const page = inflate(packed, bytes);
    if (page.length !== bytes) throw parquetDamaged();
    return page;
  };

// zlib's way of saying that there is no limit is 0.
const most = (bytes: number) => ({ maxOutputLength: Math.max(1, bytes) });

export const compressors: Compressors = {
  SNAPPY: bounded((packed, bytes) => {
    const page = new Uint8Array(bytes);
    snappyUncompress(packed, page);
    return page;
  }),
  GZIP: bounded((packed, bytes) => gunzipSync(packed, most(bytes))),
  BROTLI: bounded((packed, bytes) => brotliDecompressSync(packed, most(bytes))),
  ZSTD: bounded((packed, bytes) => zstdDecompressSync(packed, most(bytes))),
  LZ4_RAW: bounded(lz4Block),
};

export const codecs: ReadonlySet<string> = new Set(["UNCOMPRESSED", ...Object.keys(compressors)]);
