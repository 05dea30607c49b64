import { setTimeout as pause } from "node:timers/promises";
import type { Problem } from "../../../functions/problem.ts";
import { filesDown } from "../../../functions/problems.ts";
import { whyOf } from "../channel.ts";
import { googleCredentials, openFetch, openStream } from "../fetch-text.ts";
import { openUpload, UploadRefused, whyUploadFailed, type Upload } from "../resumable.ts";

/** Cloud Storage's REST API, as far as one bucket takes it.
 *  Source: https://cloud.google.com/storage/docs/json_api/v1 */
export interface Storage {
  /** Asks again while the service is away or busy: all our calls may be repeated.
   *  @returns undefined where the object, or the generation that is asked for, is not there
   *  @throws files_down */
  call<Answer>(
    method: "GET" | "POST" | "DELETE",
    path: string,
    options?: CallOptions,
  ): Promise<Answer | undefined>;
  /** Bytes of one generation of an object, from `from` on, up to `to`; goes on where a connection breaks. */
  read(object: Place, range: { from: number; to: number }): AsyncIterable<Uint8Array>;
  /** The object is there once the upload has ended. */
  upload(name: string, contentType: string): Upload;
}

export interface StorageConfig {
  readonly bucket: string;
  /** `host:port` of a double; Cloud Storage itself where left out. */
  readonly emulator?: string;
}

interface Place {
  readonly name: string;
  readonly generation: string;
}

interface CallOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** An object as the API tells it. */
export interface Resource {
  readonly name: string;
  readonly generation: string;
  readonly size: string;
  readonly timeCreated: string;
}

/** For all attempts of a call together. */
const callDeadlineMs = 60_000;
const pieceDeadlineMs = 120_000;
/** A connection that brings nothing for so long is broken. */
const silentMsMax = 30_000;
const attemptsMax = 5;
const pauseMsFirst = 100;
/** A page of names. */
const answerBytesMax = 16 * 1024 * 1024;
/** Not there, or there in another generation. */
const gone = new Set([404, 412]);

export function openStorage({ bucket, emulator }: StorageConfig): Storage {
  const base = emulator === undefined ? "https://storage.googleapis.com" : `http://${emulator}`;
  const authorize =
    emulator === undefined
      ? googleCredentials("https://www.googleapis.com/auth/devstorage.read_write")
      : undefined;
  const fetchText = openFetch(authorize);
  const fetchStream = openStream(authorize);
  const home = `/storage/v1/b/${encodeURIComponent(bucket)}`;

  async function call<Answer>(method: string, path: string, { query, body }: CallOptions = {}) {
    const end = performance.now() + callDeadlineMs;
    const url = `${base}${home}${path}?${new URLSearchParams({ prettyPrint: "false", ...query }).toString()}`;
    for (let attempt = 1; ; attempt++) {
      const headers = new Headers(body === undefined ? {} : { "content-type": "application/json" });
      const options = { method, headers, deadlineMs: end - performance.now(), answerBytesMax };
      const answer = await fetchText(url, {
        ...options,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }).catch((error: unknown) => ({ status: 0, text: whyUploadFailed(error) }));
      if (gone.has(answer.status)) return undefined;
      if (answer.status >= 200 && answer.status < 300)
        return (answer.text === "" ? {} : JSON.parse(answer.text)) as Answer;
      const pauseMs = pauseMsFirst * 3 ** (attempt - 1) * (0.5 + Math.random() / 2);
      if (attempt >= attemptsMax || !passes(answer.status) || performance.now() + pauseMs >= end)
        throw down(answer);
      await pause(pauseMs);
    }
  }

  async function* read({ name, generation }: Place, { from, to }: { from: number; to: number }) {
    const url = `${base}${home}/o/${encodeURIComponent(name)}?${new URLSearchParams({ alt: "media", generation }).toString()}`;
    let failures = 0;
    for (let at = from; at < to;) {
      using watch = watchSilence();
      try {
        const headers = new Headers({ range: `bytes=${at}-${to - 1}` });
        const answer = await fetchStream(url, headers, watch.signal);
        if (answer.status !== 206) {
          await answer.body?.cancel();
          throw new UploadRefused({ status: answer.status, text: `it answers ${answer.status} to a read` });
        }
        for await (const chunk of answer.body ?? []) {
          watch.heard();
          failures = 0;
          at += (chunk as Uint8Array).length;
          yield chunk as Uint8Array;
        }
        if (at < to) throw new Error("the answer ended early");
      } catch (error) {
        failures += 1;
        const status = error instanceof UploadRefused ? error.status : 0;
        if (failures >= attemptsMax || !passes(status)) throw down({ status, text: whyUploadFailed(error) });
        await pause(pauseMsFirst * 3 ** (failures - 1));
      }
    }
  }

  return {
    call,
    read,
    upload(name, contentType) {
      const query = new URLSearchParams({ uploadType: "resumable", name });
      const url = `${base}/upload${home}/o?${query.toString()}`;
      const upload = openUpload({ fetchText, url, body: { contentType }, deadlineMs: pieceDeadlineMs });
      const told = <Result>(work: Promise<Result>) =>
        work.catch((error: unknown) => {
          const status = error instanceof UploadRefused ? error.status : 0;
          throw down({ status, text: whyUploadFailed(error) }, error);
        });
      return {
        add: (bytes) => told(upload.add(bytes)),
        async end() {
          const answer = await told(upload.end());
          if (answer.status >= 400) throw down(answer);
          return answer;
        },
      };
    },
  };
}

function passes(status: number): boolean {
  return status === 0 || status === 408 || status === 429 || status >= 500;
}

function down({ status, text }: { status: number; text: string }, cause?: unknown): Problem {
  const said = status === 0 ? text : `HTTP ${status}: ${text}`;
  return filesDown({ why: `Cloud Storage says ${whyOf(said.replaceAll(/\s+/g, " ").slice(0, 300))}` }, cause);
}

/** Aborted after a silence. */
function watchSilence(): { signal: AbortSignal; heard(): void } & Disposable {
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(new Error("it says nothing")), silentMsMax);
  return {
    signal: ending.signal,
    heard: () => void timer.refresh(),
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
