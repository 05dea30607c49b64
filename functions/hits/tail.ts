import { elapsedMs, type Elapsed } from "../elapsed.ts";
import { readContentType } from "../payload/content-type.ts";
import type { Hit } from "../hit.ts";
import { tailFull } from "../problems.ts";
import { createKept, type Kept, type Sent, sentOf } from "./sought.ts";

/** Hits as they arrive, for people who watch a stream. In one process; nothing is stored. A stream that
 *  nobody watches costs one look-up a hit; from the first watch on, and for a while after the last, its
 *  newest hits are kept, so that a broken connection goes on where it was. */
export interface Tail {
  /** Called for each hit once it is safe in the queue. Never throws, never waits. */
  stored(hit: Hit): void;
  /** Follows a stream from now on, or from the event after `lastEventId` where that is still kept. Ends when
   *  `gone` aborts, or on `close`.
   *  @throws tail_full */
  follow(streamId: string, options: FollowOptions): AsyncIterable<TailEvent>;
  /** Ends everybody's following, so that a server can stop. */
  close(): void;
}

export interface FollowOptions {
  readonly gone: AbortSignal;
  readonly lastEventId?: number;
  /** Who watches, the same after a broken connection: for those who keep a place for each. Nobody else has
   *  the same. */
  readonly viewer?: string;
}

export type TailEvent =
  | {
      readonly kind: "hit";
      readonly id: number;
      readonly hit: TailedHit;
      /** To be looked through; absent where it is kept no longer. */
      readonly sent?: Sent | undefined;
    }
  /** Hits that are stored, yet not shown: the reader was too slow or too long away. `hits` absent: not known
   *  how many. */
  | { readonly kind: "left_out"; readonly hits?: number }
  /** The connection lives, whether hits arrive or not. */
  | { readonly kind: "heartbeat"; readonly at: number };

export interface TailedHit {
  readonly hit_id: string;
  readonly received_at: number;
  readonly bytes: number;
  readonly content_type?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly is_test?: boolean;
  readonly replay?: number;
  /** The first `previewBytesMax` of the body as text, in the charset of its Content-Type; left out for those
   *  who may not see payloads. */
  readonly preview?: string;
  /** Whether it holds what its reader looks for; absent where nobody looks, or it is kept no longer. */
  readonly holds?: boolean;
}

/** For those who may not see payloads. */
export function withoutPayload({
  preview: _preview,
  query: _query,
  headers: _headers,
  ...hit
}: TailedHit): TailedHit {
  return hit;
}

export const previewBytesMax = 120;
/** Hits that are kept for a stream, and for a reader who has not taken them yet. */
export const keptMax = 200;
/** Connections at once. With `keptMax` and the length of a hit's attributes this bounds the memory: about 40
 *  MB when every text is as long as it may be. */
export const followersMax = 50;
/** How long a stream's newest hits are kept for a reader who may come back. */
export const keepMs = 5 * 60_000;
const heartbeatMs = 10_000;

interface Arrived extends Kept {
  readonly id: number;
  readonly hit: TailedHit;
}

interface Watched {
  readonly ring: Arrived[];
  readonly followers: Set<(arrived: Arrived) => void>;
  next: number;
  /** When it is forgotten, unless somebody follows; by `elapsed`. */
  until: number;
}

/** @param options.now Unix ms
 *  @param options.heartbeatMs for tests */
export function createTail(
  options: { now?: () => number; elapsed?: Elapsed; heartbeatMs?: number } = {},
): Tail {
  const { now = Date.now, elapsed = elapsedMs } = options;
  const beat = options.heartbeatMs ?? heartbeatMs;
  const streams = new Map<string, Watched>();
  const kept = createKept();
  const closing = new AbortController();
  let followers = 0;

  const forgetTheUnwatched = () => {
    for (const [id, { followers: left, until }] of streams) {
      if (left.size === 0 && until <= elapsed()) streams.delete(id);
    }
  };

  const watch = (streamId: string): Watched => {
    const known = streams.get(streamId);
    if (known !== undefined) return known;
    if (streams.size >= followersMax) {
      // Those who may come back give way to those who are here: followers never fill all places of their own.
      const [idle] = [...streams].find(([, { followers: left }]) => left.size === 0) ?? [];
      if (idle !== undefined) streams.delete(idle);
    }
    // Counted from the clock in microseconds, so that ids grow across restarts and nobody resumes at a wrong
    // place.
    const made: Watched = {
      ring: [],
      followers: new Set(),
      next: now() * 1000,
      until: 0,
    };
    streams.set(streamId, made);
    return made;
  };

  return {
    stored(hit) {
      if (streams.size === 0) return;
      const watched = streams.get(hit.stream_id);
      if (watched === undefined) return;
      if (watched.followers.size === 0 && watched.until <= elapsed()) {
        streams.delete(hit.stream_id);
        return;
      }
      const arrived = { id: watched.next++, hit: toTailed(hit), sent: sentOf(hit) };
      kept.add(arrived);
      watched.ring.push(arrived);
      if (watched.ring.length > keptMax) watched.ring.shift();
      for (const tell of watched.followers) tell(arrived);
    },

    follow(streamId, { gone, lastEventId }) {
      if (followers >= followersMax) throw tailFull({ followersMax });
      forgetTheUnwatched();
      const watched = watch(streamId);
      const end = AbortSignal.any([gone, closing.signal]);
      const { waiting, leftOut } = resume(watched, lastEventId);
      const reader = readEvents({ waiting, leftOut, end, beatMs: beat, now });
      watched.followers.add(reader.tell);
      followers++;
      let left = false;
      const leave = () => {
        if (left) return;
        left = true;
        followers--;
        watched.followers.delete(reader.tell);
        watched.until = elapsed() + keepMs;
      };
      // A reader who never asks for the first event must not stay for ever.
      if (end.aborted) leave();
      else end.addEventListener("abort", leave, { once: true });
      return reader.events(leave);
    },

    close() {
      closing.abort();
      streams.clear();
    },
  };
}

/** What a reader who comes back gets first. */
function resume(
  watched: Watched,
  lastEventId: number | undefined,
): { waiting: Arrived[]; leftOut: number | "unknown" } {
  if (lastEventId === undefined) return { waiting: [], leftOut: 0 };
  const waiting = watched.ring.filter(({ id }) => id > lastEventId);
  const oldest = watched.ring[0]?.id ?? watched.next;
  if (lastEventId >= oldest - 1 && lastEventId < watched.next) return { waiting, leftOut: 0 };
  // Either the ring went round, or the place is of a ring that is gone.
  return { waiting, leftOut: "unknown" };
}

/** A bounded queue between hits and one reader: the oldest give way, counted. */
function readEvents({
  waiting,
  leftOut,
  end,
  beatMs,
  now,
}: {
  waiting: Arrived[];
  leftOut: number | "unknown";
  end: AbortSignal;
  beatMs: number;
  now: () => number;
}) {
  let wake: () => void = () => {};

  const tell = (arrived: Arrived) => {
    waiting.push(arrived);
    if (waiting.length > keptMax) {
      waiting.shift();
      if (leftOut !== "unknown") leftOut++;
    }
    wake();
  };

  /** Resolves when there is something to send, true for a heartbeat. */
  const somethingToSend = () =>
    new Promise<boolean>((resolve) => {
      const settle = (beat: boolean) => {
        clearTimeout(timer);
        end.removeEventListener("abort", ended);
        wake = () => {};
        resolve(beat);
      };
      const ended = () => settle(false);
      const timer = setTimeout(settle, beatMs, true);
      end.addEventListener("abort", ended, { once: true });
      wake = () => settle(false);
    });

  async function* events(leave: () => void): AsyncGenerator<TailEvent, void> {
    try {
      // At once: the reader sees that it is connected.
      yield { kind: "heartbeat", at: now() };
      let beatAt = performance.now() + beatMs;
      while (!end.aborted) {
        // Also while hits come without a pause: the heartbeat carries the server's clock.
        if (performance.now() >= beatAt) {
          yield { kind: "heartbeat", at: now() };
          beatAt = performance.now() + beatMs;
        }
        if (leftOut !== 0) {
          const hits = leftOut;
          leftOut = 0;
          yield hits === "unknown" ? { kind: "left_out" } : { kind: "left_out", hits };
        } else if (waiting.length > 0) {
          yield { kind: "hit", ...waiting.shift()! };
        } else if (await somethingToSend()) {
          yield { kind: "heartbeat", at: now() };
          beatAt = performance.now() + beatMs;
        }
      }
    } finally {
      leave();
    }
  }

  return { tell, events };
}

export function toTailed(hit: Hit): TailedHit {
  return {
    hit_id: hit.hit_id,
    received_at: hit.received_at,
    bytes: hit.body.byteLength,
    ...(hit.content_type !== undefined && { content_type: hit.content_type }),
    ...(hit.query !== undefined && { query: hit.query }),
    ...(hit.headers !== undefined && { headers: hit.headers }),
    ...(hit.is_test === true && { is_test: true }),
    ...(hit.replay !== undefined && { replay: hit.replay }),
    preview: previewOf(hit),
  };
}

/** Like `readText` of charset.ts, of the first bytes alone: a character that the limit cuts in two is left
 *  out. */
function previewOf({ body, content_type }: Pick<Hit, "body" | "content_type">): string {
  const bytes = body.subarray(0, previewBytesMax);
  const { charset } = readContentType(content_type);
  if (charset === undefined)
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes, { stream: true });
  const utf8 = strictUtf8(bytes);
  if (utf8 !== undefined && charset.mistaken(bytes)) return utf8;
  const text = charset.decoder(bytes, "lossy", true).decode(bytes, { stream: true });
  return utf8 !== undefined && text.includes("\ufffd") ? utf8 : text;
}

function strictUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}
