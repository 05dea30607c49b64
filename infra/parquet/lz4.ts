/** One block of LZ4, as Parquet's LZ4_RAW has it: Node's zlib has no LZ4.
 *  Source: https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 *  @throws RangeError where the block is damaged */
export function lz4Block(packed: Uint8Array, bytes: number): Uint8Array {
  const out = new Uint8Array(bytes);
  let at = 0;
  let to = 0;

  /** A length of 15 goes on in further bytes. */
  function length(nibble: number): number {
    let sum = nibble;
    for (let more = nibble === 15 ? 255 : 0; more === 255; sum += more) more = byte();
    return sum;
  }
  function byte(): number {
    if (at >= packed.length) throw new RangeError("the block ends too early");
    return packed[at++]!;
  }

  while (at < packed.length) {
    const token = byte();
    const literals = length(token >> 4);
    if (at + literals > packed.length || to + literals > bytes) throw new RangeError("literals past the end");
    out.set(packed.subarray(at, at + literals), to);
    at += literals;
    to += literals;
    // The last sequence has no match.
    if (at === packed.length) break;
    const offset = byte() | (byte() << 8);
    const match = length(token & 15) + 4;
    if (offset === 0 || offset > to || to + match > bytes) throw new RangeError("a match past the end");
    // It may overlap with itself.
    for (let end = to + match; to < end; to++) out[to] = out[to - offset]!;
  }
  return out.subarray(0, to);
}
