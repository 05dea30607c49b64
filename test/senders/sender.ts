/** A body as a real sender sends it, written by us from the sender's own description, and what must come
 *  of it. One table for all tests: what a row holds (test/senders/rows.test.ts), and what `_current` makes
 *  of a pair out of order. */
export interface Sender {
  readonly name: string;
  /** Names in lower case, as `Request.headers` has them. Proofs of origin are in it as well:
   *  they must not be kept. */
  readonly headers: Readonly<Record<string, string>>;
  /** Text as UTF-8, or bytes where the sender writes another charset. */
  readonly body: string | Uint8Array;
  /** The column `fields` as JSON text; left out: the body is it already, character by character. */
  readonly fields?: string;
  /** The column `headers`. */
  readonly kept: Readonly<Record<string, string>>;
  /** The path that names the record, or the paths that name it together. With `items` inside each item. */
  readonly key: string | readonly string[];
  /** The path that orders the versions of a record; absent where the sender says nothing: received_at does.
   *  With `items` inside each item, `^` for the whole hit. */
  readonly updated?: string;
  /** The path of a batch's list; `$` is the body itself, `*` each of a list. */
  readonly items?: string;
  /** How many items are in it. */
  readonly itemCount?: number;
  /** Makes of it a later version of the same records, where `updated` orders them. */
  readonly later?: {
    /** Each text is in the body, and is replaced wherever it stands. */
    readonly body?: readonly (readonly [from: string, to: string])[];
    readonly headers?: Readonly<Record<string, string>>;
  };
}

export const json = { "content-type": "application/json" };
export const form = { "content-type": "application/x-www-form-urlencoded" };
