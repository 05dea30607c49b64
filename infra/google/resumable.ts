import type { FetchText, FetchedText } from "./fetch-text.ts";
import { whyOf } from "./channel.ts";

/** Google's resumable upload, of a file to Cloud Storage or of rows to BigQuery: a session is opened, and
 *  what is sent to it goes in pieces. Where an answer is lost, Google is asked how much it has. What was cut
 *  off for good is nothing: only the last piece makes it something.
 *  Sources: https://cloud.google.com/storage/docs/performing-resumable-uploads,
 *  https://cloud.google.com/bigquery/docs/reference/api-uploads */
export interface Upload {
  add(bytes: Uint8Array): Promise<void>;
  /** @returns the answer to the last piece, whatever it says of the whole; a status below 400 is a success */
  end(): Promise<FetchedText>;
}

export interface UploadOptions {
  readonly fetchText: FetchText;
  /** Where the session is opened, and what is said there. */
  readonly url: string;
  readonly body: object;
  /** Of one piece, with all its attempts. */
  readonly deadlineMs: number;
}

/** An answer that is none of an upload. */
export class UploadRefused extends Error {
  readonly status: number;
  readonly text: string;

  constructor({ status, text }: { status: number; text: string }) {
    super(`HTTP ${status}: ${text.slice(0, 300)}`);
    this.status = status;
    this.text = text;
  }
}

/** A multiple of 256 KiB, as Google asks for. It is kept in memory until Google has it. */
export const pieceBytes = 8 * 1024 * 1024;
const attemptsMax = 6;
const pauseMsFirst = 100;
const answerBytesMax = 4 * 1024 * 1024;
const incomplete = 308;

export function openUpload({ fetchText, url, body, deadlineMs }: UploadOptions): Upload {
  let session: string | undefined;
  /** So many bytes Google has; what is held comes behind them. */
  let confirmed = 0;
  let held: Uint8Array[] = [];
  let heldBytes = 0;

  /** The same once more after a pause, while the service is away or busy. */
  async function insistently<Answer>(work: (leftMs: number) => Promise<Answer>): Promise<Answer> {
    const end = performance.now() + deadlineMs;
    for (let attempt = 1; ; attempt++) {
      try {
        return await work(end - performance.now());
      } catch (error) {
        const pause = pauseMsFirst * 3 ** (attempt - 1) * (0.5 + Math.random() / 2);
        if (attempt >= attemptsMax || !passes(error) || performance.now() + pause >= end) throw error;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  async function begin(): Promise<string> {
    const headers = new Headers({ "content-type": "application/json; charset=UTF-8" });
    const answer = await insistently((leftMs) =>
      fetchText(url, {
        method: "POST",
        headers: new Headers(headers),
        body: JSON.stringify(body),
        deadlineMs: leftMs,
        answerBytesMax,
      }).then(taken),
    );
    const location = answer.headers.get("location");
    if (location === null) throw new UploadRefused({ status: 502, text: "no session was opened" });
    return location;
  }

  /** @param range of `Content-Range`, without its unit */
  async function put(range: string, bytes: Uint8Array, leftMs: number): Promise<FetchedText> {
    const headers = new Headers({ "content-range": `bytes ${range}` });
    const options = { method: "PUT", headers, deadlineMs: leftMs, answerBytesMax };
    const answer = await fetchText(session!, { ...options, body: bytes as Uint8Array<ArrayBuffer> });
    return answer.status === incomplete || answer.status === 409 ? answer : taken(answer);
  }

  /** Sends what is held, from where Google has it. @returns the answer that ends the upload */
  async function send(piece: Buffer, isLast: boolean): Promise<FetchedText | undefined> {
    session ??= await begin();
    const from = confirmed;
    const total = isLast ? String(from + piece.length) : "*";
    let isSure = true;
    return insistently(async (leftMs) => {
      // After an answer that was lost, what came before it is asked for first.
      const asked = isSure ? undefined : await put(`*/${total}`, Buffer.alloc(0), leftMs);
      isSure = false;
      if (asked !== undefined && asked.status !== incomplete) return asked;
      if (asked !== undefined) confirmed = confirmedBy(asked);
      while (confirmed < from + piece.length || (isLast && piece.length === 0)) {
        const rest = piece.subarray(confirmed - from);
        const range =
          rest.length === 0 ? `*/${total}` : `${confirmed}-${confirmed + rest.length - 1}/${total}`;
        const answer = await put(range, rest, leftMs);
        if (answer.status !== incomplete) return answer;
        const now = confirmedBy(answer);
        if (now <= confirmed) throw new UploadRefused({ status: 503, text: "nothing of a piece was taken" });
        confirmed = now;
      }
      return undefined;
    });
  }

  async function flush(isLast: boolean): Promise<FetchedText | undefined> {
    const piece = Buffer.concat(held);
    held = [];
    heldBytes = 0;
    return send(piece, isLast);
  }

  return {
    async add(bytes) {
      for (let from = 0; from < bytes.length;) {
        // A full piece waits for what comes behind it: the last one must not be empty.
        if (heldBytes === pieceBytes) await flush(false);
        const part = bytes.subarray(from, from + pieceBytes - heldBytes);
        held.push(part);
        heldBytes += part.length;
        from += part.length;
      }
    },
    async end() {
      const answer = await flush(true);
      if (answer === undefined) throw new UploadRefused({ status: 502, text: "the upload does not end" });
      return answer;
    },
  };
}

function taken(answer: FetchedText): FetchedText {
  if (answer.status >= 400) throw new UploadRefused(answer);
  return answer;
}

function confirmedBy({ headers }: FetchedText): number {
  const last = /^bytes=0-(\d+)$/.exec(headers.get("range") ?? "")?.[1];
  return last === undefined ? 0 : Number(last) + 1;
}

/** What is no answer at all passes as well. */
function passes(error: unknown): boolean {
  if (!(error instanceof UploadRefused)) return true;
  return error.status >= 500 || error.status === 429 || error.status === 408;
}

/** Why an upload failed, without what was sent. */
export function whyUploadFailed(error: unknown): string {
  if (error instanceof UploadRefused) return whyOf(error);
  return whyOf(error instanceof Error ? (error.cause ?? error) : error);
}
