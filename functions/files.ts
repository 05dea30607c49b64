/** A file that stays as it is while it is read, as often as that takes: what arrives is copied before it is
 *  looked at. Drivers: a disk (infra/local), Cloud Storage (infra/google). */
export interface StoredFile {
  /** As it arrived, with its folders where it has some. */
  readonly name: string;
  readonly bytes: number;
  /** Chunks of any size, in order; the whole file where no range is given.
   *  @param range bytes from `from` on, up to `to`, which is left out */
  read(range?: { from: number; to: number }): AsyncIterable<Uint8Array>;
}

/** Where the bytes of files lie that arrived: until it is known what became of them, and a while longer where
 *  a person may have them imported anyway. Drivers: a folder (infra/local), a bucket (infra/google). */
export interface KeptFiles {
  /** Resolves once they are durable. @throws what `bytes` throws, and files_down: then nothing is kept */
  keep(id: string, bytes: AsyncIterable<Uint8Array>): Promise<{ bytes: number; sha256: string }>;
  /** Undefined where there is none. */
  open(id: string): Promise<StoredFile | undefined>;
  remove(id: string): Promise<void>;
  /** Removes those that were kept before. @param before Unix ms */
  removeOld(before: number): Promise<void>;
}

/** Where senders put files, and find what became of them. Each time a name is written its object has another
 *  generation, in a bucket a larger number. Drivers: a bucket of Cloud Storage (infra/google), a folder that
 *  is watched (infra/local).
 *  All methods throw files_down. */
export interface Bucket {
  /** A page, by name. @returns `next`: what to go on after, where there may be more */
  list(prefix: string, options: { after?: string }): Promise<{ objects: BucketObject[]; next?: string }>;
  /** Undefined where this generation is not there any more. */
  find(name: string, generation: string): Promise<BucketObject | undefined>;
  /** Keeps an object as this generation of it is, with the files that are kept.
   *  @returns false where it is not there any more */
  keep(object: Pick<BucketObject, "name" | "generation">, id: string): Promise<boolean>;
  /** Takes the place of what has the name. */
  put(name: string, contentType: string, bytes: AsyncIterable<Uint8Array>): Promise<void>;
}

export interface BucketObject {
  readonly name: string;
  /** An integer of up to 19 digits. */
  readonly generation: string;
  readonly bytes: number;
  /** When all of it was there, in Unix ms. */
  readonly at: number;
}

/** Room for what has to be read in any order and comes in one: a file that is unpacked.
 *  Driver: a disk (infra/local). */
export interface Scratch {
  /** The file is gone once it is disposed of. */
  keep(bytes: AsyncIterable<Uint8Array>): Promise<StoredFile & AsyncDisposable>;
}
