/** Why a feed left its table as it was: a code, for programs and docs/feeds.md, and a sentence for people.
 *  Nothing of what the server sent is in it. */
export class FeedFault extends Error {
  readonly code: FeedCode;

  constructor(code: FeedCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "FeedFault";
    this.code = code;
  }
}

/** docs/feeds.md has a line for each; a test compares. */
export const feedCodes = [
  "unreachable",
  "address_refused",
  "redirected_away",
  "http_status",
  "too_slow",
  "too_large",
  "cut_off",
  "not_inflated",
  "not_json",
  "html",
  "not_utf8",
  "empty",
  "shrank",
  "too_many_fields",
  "secret_missing",
  "table_taken",
  "shape_changed",
  "not_written",
  "ended_early",
] as const;
export type FeedCode = (typeof feedCodes)[number];
