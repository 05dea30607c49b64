/** Where a command writes and whom it asks. Data goes to `out`, everything said to a person to `say`, so that
 *  `afterclick … | jq` and `> file` get data alone. */
export interface Terminal {
  /** Resolves when more may be written. @throws `readerGone` when the reader has gone (`| head`) */
  out(chunk: string): Promise<void>;
  say(line: string): void;
  /** Columns of the screen; undefined where the data goes into a pipe or a file: then nothing is cut. */
  readonly width: number | undefined;
  /** Asks a person; undefined where nobody sits there. Resolves undefined when they
   *  leave without an answer. */
  readonly ask: ((question: string) => Promise<string | undefined>) | undefined;
  /** What is handed over at the standard input, to its end; undefined where a person sits there. */
  readonly input?: (() => Promise<Uint8Array>) | undefined;
}

/** Nobody reads our output any more: no failure, just the end. */
export function readerGone(cause: unknown): Error {
  return Object.assign(new Error("The reader of the output has gone.", { cause }), { readerGone: true });
}

export function isReaderGone(error: unknown): boolean {
  return error instanceof Error && "readerGone" in error;
}
