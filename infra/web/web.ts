import { request as plainly, type IncomingMessage } from "node:http";
import { request as securely } from "node:https";
import { pipeline, Readable, type Duplex } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { FeedFault } from "../../functions/feeds/faults.ts";
import type { Web, WebOptions } from "../../functions/web.ts";
import type { Reach } from "./reach.ts";

/** Asks servers by HTTP, a connection a call. */

const redirectsMax = 5;
/** Without a byte from the server. */
const silenceMsUsual = 60_000;

export function openWeb(reach: Reach, { silenceMs = silenceMsUsual }: { silenceMs?: number } = {}): Web {
  return {
    async get(url, options) {
      const ending = new AbortController();
      const late = setTimeout(() => ending.abort(tooSlow(options.deadlineMs)), options.deadlineMs);
      const signal =
        options.signal === undefined ? ending.signal : AbortSignal.any([ending.signal, options.signal]);
      try {
        const answer = await follow(reach, new URL(url), {
          ...options,
          signal,
          silenceMs,
          silent: () => ending.abort(tooSlow(silenceMs)),
        });
        return body(answer, { signal, bytesMax: options.bytesMax, done: () => clearTimeout(late) });
      } catch (error) {
        clearTimeout(late);
        throw faultOf(error, signal);
      }
    },
  };
}

interface Asking extends WebOptions {
  readonly signal: AbortSignal;
  readonly silenceMs: number;
  /** Has the server said nothing for so long. */
  readonly silent: () => void;
}

async function follow(reach: Reach, url: URL, asking: Asking): Promise<IncomingMessage> {
  for (let redirects = 0; ; redirects += 1) {
    const answer = await askOnce(reach, url, asking);
    const { statusCode = 0, headers } = answer;
    if (statusCode === 200) return answer;
    answer.destroy();
    const to = [301, 302, 303, 307, 308].includes(statusCode) ? headers.location : undefined;
    if (to === undefined) throw notOk(statusCode);
    if (redirects >= redirectsMax)
      throw new FeedFault("redirected_away", `The server redirects more than ${redirectsMax} times.`);
    const next = URL.parse(to, url.href);
    if (next === null || !isWithinSite(url, next))
      throw new FeedFault(
        "redirected_away",
        "The server redirects to another site, and the password is not carried there. Give the feed the address where the answer lies.",
      );
    url = next;
  }
}

/** The same host, with or without www., and never from https to http. */
function isWithinSite(from: URL, to: URL): boolean {
  const site = ({ hostname }: URL) => hostname.replace(/^www\./, "");
  if (site(from) !== site(to)) return false;
  if (from.protocol === "http:" && to.protocol === "https:") return true;
  return from.protocol === to.protocol && from.port === to.port;
}

function askOnce(reach: Reach, url: URL, asking: Asking): Promise<IncomingMessage> {
  reach.demandHost(url.hostname);
  const { user, password = "", signal, silenceMs, silent } = asking;
  const request = url.protocol === "https:" ? securely : plainly;
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      agent: false,
      lookup: reach.lookup,
      signal,
      headers: {
        accept: "application/x-ndjson, application/json;q=0.9, */*;q=0.1",
        "accept-encoding": "gzip, deflate, br",
        "user-agent": "Afterclick",
        ...(user !== undefined && {
          authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
        }),
      },
    });
    asked.setTimeout(silenceMs, silent);
    asked.on("response", resolve);
    asked.on("error", reject);
    asked.end();
  });
}

interface Reading {
  readonly signal: AbortSignal;
  readonly bytesMax: number;
  readonly done: () => void;
}

async function* body(
  answer: IncomingMessage,
  { signal, bytesMax, done }: Reading,
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  try {
    const plain = unpacked(answer, answer.headers["content-encoding"] ?? "");
    for await (const chunk of await ungzipped(plain)) {
      bytes += chunk.length;
      if (bytes > bytesMax)
        throw new FeedFault(
          "too_large",
          `The answer has more than ${bytesMax} bytes when it is unpacked. Send less, or day by day.`,
        );
      yield chunk;
    }
  } catch (error) {
    throw faultOf(error, signal, { begun: true });
  } finally {
    answer.destroy();
    done();
  }
}

/** What the server did to it on its way. */
function unpacked(answer: Readable, encodings: string): Readable {
  const named = encodings
    .toLowerCase()
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "" && one !== "identity");
  if (named.length > 3) throw new FeedFault("not_inflated", "The answer is packed more than three times.");
  return named.reverse().reduce((packed, name) => {
    const open = unpackers[name];
    if (open === undefined)
      throw new FeedFault(
        "not_inflated",
        "The answer has a Content-Encoding that is not known; allowed are gzip, deflate and br.",
      );
    return through(packed, open());
  }, answer);
}

const unpackers: Readonly<Record<string, () => Duplex>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** A file that is packed itself, such as feed.json.gz: by its first bytes. */
async function ungzipped(plain: Readable): Promise<AsyncIterable<Buffer>> {
  const chunks = plain[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const first = await chunks.next();
  if (first.done === true) return Readable.from([]);
  const all = (async function* () {
    yield first.value;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
  })();
  const isPacked = first.value[0] === 0x1f && first.value[1] === 0x8b;
  return isPacked ? through(Readable.from(all, { objectMode: false }), createGunzip()) : all;
}

/** An end before its time reaches whoever reads. */
function through(from: Readable, to: Duplex): Readable {
  pipeline(from, to, () => undefined);
  return to;
}

function tooSlow(ms: number): FeedFault {
  return new FeedFault("too_slow", `The server took longer than ${ms / 1000} s.`);
}

function notOk(status: number): FeedFault {
  const why = {
    401: "The server asks for a user and a password, or for others than the feed has.",
    403: "The server does not let the feed in: look at its user, its password and the server's list of addresses.",
    404: "The server knows no such address.",
    429: "The server asks to be asked less often.",
  }[status];
  return new FeedFault(
    "http_status",
    `The server answered ${status}; taken is 200.${why === undefined ? "" : ` ${why}`}`,
  );
}

/** @param begun whether the answer had begun: then what failed is its end */
function faultOf(error: unknown, signal: AbortSignal, { begun = false } = {}): unknown {
  if (error instanceof FeedFault) return error;
  if (signal.aborted) return signal.reason;
  const { code = "", message = "" } = error as NodeJS.ErrnoException;
  if (code.startsWith("Z_") && code !== "Z_BUF_ERROR")
    return new FeedFault("not_inflated", `The answer cannot be unpacked: ${message}.`, error);
  if (begun)
    return new FeedFault(
      "cut_off",
      "The answer ends before all of it is here. It is asked for again.",
      error,
    );
  return new FeedFault("unreachable", `The server cannot be reached: ${code || message}.`, error);
}
