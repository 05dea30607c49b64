/** Asks other people's servers. Driver: infra/web, for both grounds. */
export interface Web {
  /** Follows redirects within the site. Whatever name is given, nobody is asked whose address is not of the
   *  public Internet, unless the operator allows it.
   *  @returns the body of a 200, unpacked, as it comes in. It throws as `get` does, also where it ends early
   *  @throws FeedFault */
  get(url: string, options: WebOptions): Promise<AsyncIterable<Uint8Array>>;
}

export interface WebOptions {
  /** Of HTTP's Basic scheme. */
  readonly user?: string;
  readonly password?: string;
  /** From the call to the last byte. */
  readonly deadlineMs: number;
  /** Of the unpacked body. */
  readonly bytesMax: number;
  readonly signal?: AbortSignal;
}
