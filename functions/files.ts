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

/** Where the bytes of files lie that arrived: until it is known what became of them, and a while longer where
 *  a person may have them imported anyway. Driver: a folder (infra/local). */
export interface KeptFiles {
  /** Resolves once they are durable. @throws what `bytes` throws, and what the disk says: then nothing is
   *  kept */
  keep(id: string, bytes: AsyncIterable<Uint8Array>): Promise<{ bytes: number; sha256: string }>;
  /** Undefined where there is none. */
  open(id: string): Promise<StoredFile | undefined>;
  remove(id: string): Promise<void>;
  /** Removes those that were kept before. @param before Unix ms */
  removeOld(before: number): Promise<void>;
}

/** Room for what has to be read in any order and comes in one: a file that is unpacked.
 *  Driver: a disk (infra/local). */
export interface Scratch {
  /** The file is gone once it is disposed of. */
  keep(bytes: AsyncIterable<Uint8Array>): Promise<StoredFile & AsyncDisposable>;
}
