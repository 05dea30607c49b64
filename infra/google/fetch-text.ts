import { GoogleAuth } from "google-gax";

/** One request to a REST API of Google's, with what proves who asks: bounded in time, the credentials' time
 *  included, and in what the answer may hold. */
export type FetchText = (url: string, options: FetchOptions) => Promise<FetchedText>;

export interface FetchedText {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

export interface FetchOptions {
  readonly method?: string;
  readonly headers?: Headers;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly deadlineMs: number;
  readonly answerBytesMax: number;
  /** Called with the length of each part of the answer before the next one is read; what it
   *  rejects with is passed on. */
  readonly reading?: ((bytes: number) => Promise<void>) | undefined;
}

/** What is sent as proof of who asks. */
export type Authorize = (url: string) => Promise<Headers>;

export class AnswerTooLarge extends Error {
  readonly status: number;

  constructor(status: number, answerBytesMax: number) {
    super(`the answer has more than ${answerBytesMax} bytes`);
    this.status = status;
  }
}

/** Google's own credentials, for one purpose. */
export function googleCredentials(scope: string): Authorize {
  const auth = new GoogleAuth({ scopes: [scope] });
  return async (url) => (await auth.getClient()).getRequestHeaders(url);
}

/** @param authorize undefined for an emulator, which wants no proof */
export function openFetch(authorize: Authorize | undefined): FetchText {
  return async (url, { method = "GET", headers = new Headers(), body, deadlineMs, ...bounds }) => {
    const signal = AbortSignal.timeout(Math.max(1, Math.ceil(deadlineMs)));
    // A metadata server that hangs must not keep the caller.
    if (authorize !== undefined)
      (await untilAborted(authorize(url), signal)).forEach((value, name) => headers.set(name, value));
    const answer = await fetch(url, { method, headers, signal, ...(body !== undefined && { body }) });
    const { status, headers: answered } = answer;
    return { status, headers: answered, text: await readText(answer, bounds) };
  };
}

/** An answer as it comes, for who bounds it.
 *  @param signal ends it, also while it is read */
export type FetchStream = (url: string, headers: Headers, signal: AbortSignal) => Promise<Response>;

/** @param authorize as of `openFetch` */
export function openStream(authorize: Authorize | undefined): FetchStream {
  return async (url, headers, signal) => {
    if (authorize !== undefined)
      (await untilAborted(authorize(url), signal)).forEach((value, name) => headers.set(name, value));
    return fetch(url, { headers, signal });
  };
}

async function readText(
  answer: Response,
  { answerBytesMax, reading }: Pick<FetchOptions, "answerBytesMax" | "reading">,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    const { length } = chunk as Uint8Array;
    bytes += length;
    if (bytes > answerBytesMax) throw new AnswerTooLarge(answer.status, answerBytesMax);
    chunks.push(chunk as Uint8Array);
    await reading?.(length);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** For what takes no signal, e.g. Google's credentials: it goes on, and nobody waits for it any more. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return Promise.race([
    promise,
    new Promise<never>((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }),
    ),
  ]);
}
