/** A file that stays as it is while it is read, as often as that takes: what arrives is copied before it is
 *  looked at. Driver: a disk (infra/local). */
export interface StoredFile {
  /** As it arrived, with its folders where it has some. */
  readonly name: string;
  readonly bytes: number;
  /** Chunks of any size, in order; the whole file where no range is given.
   *  @param range bytes from `from` on, up to `to`, which is left out */
  read(range?: { from: number; to: number }): AsyncIterable<Uint8Array>;
}

/** Room for what has to be read in any order and comes in one: a file that is unpacked.
 *  Driver: a disk (infra/local). */
export interface Scratch {
  /** The file is gone once it is disposed of. */
  keep(bytes: AsyncIterable<Uint8Array>): Promise<StoredFile & AsyncDisposable>;
}
