/** A request and a reply as the functions see them: no server, no framework. infra/http.ts is
 *  the door that makes them. */

export interface Request {
  /** Upper case, as sent. */
  readonly method: string;
  /** The path as sent, without the query; not decoded. */
  readonly path: string;
  /** The raw query without its `?`; empty where there is none. */
  readonly query: string;
  /** By lower-case name; repeated ones joined by ", ". */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The sender's address, behind the proxies that the operator trusts. */
  readonly remoteAddress: string;
  /** `1.0` or `1.1`, where somebody wants to know it. */
  readonly httpVersion?: string;
  /** Aborted when the sender has gone: what only serves that sender may stop. */
  readonly gone: AbortSignal;
  /** Aborted when the server is about to end: who only waits for a place is told to come again. */
  readonly closing: AbortSignal;
  /** Reads the body, once. Not called: the body is never held in memory.
   *  @throws too_large past `bytesMax` (declared or counted), too_slow, bad_request
   *  (broken framing), overloaded */
  body(bytesMax: number): Promise<Uint8Array>;
  /** The body as it comes in, once, instead of `body`: no more of it is taken than is asked for. Whoever ends
   *  early leaves the rest to the door.
   *  @throws as body does, but never overloaded */
  stream(bytesMax: number): AsyncIterable<Uint8Array>;
  /** Counts `bytes` more against the memory that the door grants to all requests, until this one is answered.
   *  @throws overloaded when it is used up */
  hold(bytes: number): void;
  /** Gives back what was held and is not needed any more. */
  release(bytes: number): void;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream is sent chunk by chunk, with back-pressure. */
  readonly body?: string | Uint8Array | AsyncIterable<string | Uint8Array>;
}

/** A function answers every request; a thrown Problem is an answer too. */
export type Handler = (request: Request) => Reply | Promise<Reply>;
