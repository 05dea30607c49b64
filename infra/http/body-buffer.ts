import { tooLarge } from "../../functions/problems.ts";

/** Collects a body. What arrives in one piece is kept as it is; more pieces are copied together as they
 *  come, since a body sent byte by byte would otherwise be millions of objects, each a hundred times as
 *  large as what it holds. */
export class BodyBuffer {
  readonly #bytesMax: number;
  /** As the sender declared it; -1 where it did not. */
  readonly #declared: number;
  #buffer: Buffer | undefined;
  #length = 0;

  constructor(bytesMax: number, declared: number) {
    this.#bytesMax = bytesMax;
    this.#declared = declared;
  }

  /** @returns how many bytes of memory more are held now. @throws too_large */
  add(chunk: Buffer): number {
    const before = this.#buffer;
    const length = this.#length + chunk.length;
    if (length > this.#bytesMax) throw tooLarge({ bytesMax: this.#bytesMax });
    if (before === undefined) {
      this.#buffer = chunk;
      this.#length = length;
      return chunk.length;
    }
    if (length > before.length) {
      const roomy = Math.max(4096, length * 2);
      const most = this.#declared === -1 ? this.#bytesMax : this.#declared;
      this.#buffer = Buffer.allocUnsafeSlow(Math.min(roomy, most));
      this.#buffer.set(before.subarray(0, this.#length));
    }
    const buffer = this.#buffer as Buffer;
    buffer.set(chunk, this.#length);
    this.#length = length;
    return buffer.length - before.length;
  }

  bytes(): Uint8Array {
    const buffer = this.#buffer ?? Buffer.alloc(0);
    return buffer.length === this.#length ? buffer : buffer.subarray(0, this.#length);
  }
}
