import { Problem } from "../../../functions/problem.ts";
import { whyOf } from "../channel.ts";
import { AnswerTooLarge, googleCredentials, openFetch, type FetchText } from "../fetch-text.ts";

/** BigQuery's REST API: tables, views and queries. Plain fetch with Google's credentials rather than the
 *  client library, whose requests cannot be cancelled: one that hangs would keep its socket and its memory
 *  for as long as the network likes.
 *  Source: https://cloud.google.com/bigquery/docs/reference/rest */
export interface Rest {
  /** Resolves with the answer's JSON. Asks again, within the deadline, while the service is away or busy: all
   *  our calls may be repeated. Rejects with a RestError. */
  call<Answer>(method: "GET" | "POST" | "PATCH", path: string, options?: CallOptions): Promise<Answer>;
  /** For what is no JSON: uploads. Their addresses begin with `base`. */
  readonly fetchText: FetchText;
  readonly base: string;
}

export interface CallOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Only where the resource still has this etag. */
  readonly ifMatch?: string;
  /** For all attempts together; 20 s where left out. */
  readonly deadlineMs?: number;
  /** Called with the length of each part of the answer before the next one is read; what it
   *  rejects with is passed on. */
  readonly reading?: (bytes: number) => Promise<void>;
}

export interface RestError extends Error {
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** BigQuery's own word, e.g. `quotaExceeded`; or `unreachable` and `answerTooLarge`, which are ours. */
  readonly reason: string;
}

const deadlineMsDefault = 20_000;
const attemptsMax = 4;
const pauseMsFirst = 100;
/** An answer is at most a page of rows. */
const answerBytesMax = 64 * 1024 * 1024;

/** The reason of an answer that is not read to its end. It would be as large the next time. */
export const tooLargeReason = "answerTooLarge";

/** @param endpoint `host:port` of an emulator, without TLS and credentials; BigQuery itself where left out */
export function openRest(endpoint: string | undefined): Rest {
  const base = endpoint === undefined ? "https://bigquery.googleapis.com" : `http://${endpoint}`;
  const fetchText = openFetch(
    endpoint === undefined ? googleCredentials("https://www.googleapis.com/auth/bigquery") : undefined,
  );

  async function call<Answer>(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const end = performance.now() + (options.deadlineMs ?? deadlineMsDefault);
    for (let attempt = 1; ; attempt++) {
      try {
        return (await once(method, path, options, end - performance.now())) as Answer;
      } catch (error) {
        const pause = pauseMsFirst * 3 ** (attempt - 1) * (0.5 + Math.random() / 2);
        if (attempt >= attemptsMax || !isPassing(error) || performance.now() + pause >= end) throw error;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  async function once(
    method: string,
    path: string,
    { query, body, ifMatch, reading }: CallOptions,
    leftMs: number,
  ): Promise<unknown> {
    const url = `${base}/bigquery/v2${path}?${new URLSearchParams({ prettyPrint: "false", ...query }).toString()}`;
    const headers = new Headers({ accept: "application/json" });
    if (body !== undefined) headers.set("content-type", "application/json");
    if (ifMatch !== undefined) headers.set("if-match", ifMatch);
    let answer: { status: number; text: string };
    try {
      answer = await fetchText(url, {
        method,
        headers,
        deadlineMs: leftMs,
        answerBytesMax,
        reading,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    } catch (error) {
      if (error instanceof Problem) throw error;
      if (error instanceof AnswerTooLarge) throw restError(error.status, tooLargeReason, error.message);
      throw restError(
        0,
        "unreachable",
        whyOf(error instanceof Error ? (error.cause ?? error) : error),
        error,
      );
    }
    return readAnswer(answer.status, answer.text);
  }

  return { call, fetchText, base };
}

export function isRestError(error: unknown): error is RestError {
  return error instanceof Error && "status" in error && "reason" in error;
}

const passingReasons: ReadonlySet<string> = new Set([
  "backendError",
  "internalError",
  "jobBackendError",
  "jobInternalError",
  "jobRateLimitExceeded",
  "quotaExceeded",
  "rateLimitExceeded",
  "unreachable",
]);

/** Whether it may work later without anybody's doing. Source:
 *  https://cloud.google.com/bigquery/docs/error-messages */
export function isPassing(error: unknown): boolean {
  if (!isRestError(error)) return false;
  return (
    error.status >= 500 || error.status === 429 || error.status === 408 || passingReasons.has(error.reason)
  );
}

export function restError(status: number, reason: string, message: string, cause?: unknown): RestError {
  return Object.assign(new Error(message, { cause }), { status, reason });
}

interface ErrorDocument {
  error?: {
    message?: string;
    errors?: { reason?: string; message?: string }[];
    status?: string;
  };
}

function readAnswer(status: number, text: string): unknown {
  let answer: unknown;
  try {
    answer = text === "" ? {} : JSON.parse(text);
  } catch (error) {
    // A proxy's page, most often beside a 502.
    throw restError(status >= 400 ? status : 502, "backendError", `no JSON: ${text.slice(0, 200)}`, error);
  }
  const { error } = answer as ErrorDocument;
  if (status < 400 && error === undefined) return answer;
  throw restError(
    status,
    error?.errors?.[0]?.reason ?? error?.status ?? "",
    error?.message ?? `HTTP ${status}`,
  );
}
