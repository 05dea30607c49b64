export type Answer = "accepted" | "refused";

/** What is measured against the promise: no request costs more than so much. */
export interface Subject {
  readonly name: string;
  /** Pieces from which the search composes the middle of an input; bytes as latin1. */
  readonly tokens: readonly string[];
  /** The largest input that this subject takes as it is meant; what is past it is another subject's. */
  readonly bytesMax: number;
  /** A whole input around as many repeats of `unit` as there is room for. */
  make(unit: Buffer, bytesMax: number): Buffer | Promise<Buffer>;
  /** All that a request of this body costs; refusals are answers as well, and are told
   *  apart by what is returned. */
  run(body: Buffer): Promise<Answer>;
  /** Ends what `run` has begun and what would live on. */
  end?(): Promise<void>;
}

/** An input that the search found, or a person: `unit` is repeated. */
export interface Worst {
  readonly subject: string;
  /** As latin1. */
  readonly unit: string;
}

export function repeated(before: string, unit: Buffer, after: string, bytesMax: number): Buffer {
  const [start, end] = [Buffer.from(before, "latin1"), Buffer.from(after, "latin1")];
  const count = Math.max(1, Math.floor((bytesMax - start.length - end.length) / Math.max(unit.length, 1)));
  return Buffer.concat([start, Buffer.alloc(count * unit.length, unit), end]);
}
