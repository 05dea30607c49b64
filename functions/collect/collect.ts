import type { Refusals } from "../activity/refusals.ts";
import { errorsPage, errorsPath } from "../errors-page.ts";
import { attributeBytesMax, isUuid, mintHitId, type Hit } from "../hit.ts";
import {
  methodNotAllowed,
  notFound,
  streamClosed,
  streamNotFound,
  streamPaused,
  uriTooLong,
} from "../problems.ts";
import { asProblem } from "../problem.ts";
import type { Queue } from "../queue.ts";
import type { Handler, Reply, Request } from "../request.ts";
import type { Lookup } from "../streams/stream.ts";
import { freshMs, type StreamCache } from "../streams/cache.ts";
import { codingsOf, noCodingsOf } from "./inflate.ts";
import { keptHeaders } from "../headers.ts";
import { createInflating } from "./inflating.ts";
import { createMeter, type PoolClock } from "./meter.ts";
import { answerOf } from "../senders/answers.ts";
import type { Sender } from "../senders/sender.ts";
import { type Asked, createOrigin, type OriginPorts } from "./origin.ts";

/** Largest body of a hit in bytes, before and after its Content-Encoding is undone. A Pub/Sub message holds
 *  10 MB, a row of BigQuery 10 MB: the rest is left for what goes with it. Source:
 *  https://cloud.google.com/pubsub/quotas */
export const bodyBytesMax = 8 * 1024 * 1024;

/** Senders give up after 10 s and more; they must hear our 503 before. */
const publishDeadlineMs = 8_000;

interface Ports extends OriginPorts {
  streams: StreamCache;
  queue: Queue;
  now: () => number;
  /** Told of every hit once it is stored, for the live tail. */
  stored?: (hit: Hit) => void;
  /** Told of requests of streams there are that are refused; nothing is counted where left out. */
  refusals?: Refusals;
  /** Tells the work on one body from that of other threads. */
  poolMs?: PoolClock;
}

/** The HTTP function that checks, publishes and acknowledges; docs/http.md is its contract. */
export function createCollect(ports: Ports): Handler {
  const { streams, queue, now, stored, refusals, poolMs } = ports;
  const origin = createOrigin(ports);
  const inflating = createInflating(bodyBytesMax, { meter: () => createMeter(poolMs) });

  function collect(request: Request): Reply | Promise<Reply> {
    const { path } = request;
    refusals?.tick();
    if (path === "/health") return health(request);
    if (path === errorsPath) return errorsPage(request);
    if (!path.startsWith("/ds/")) throw notFound();
    const id = path.slice(4).toLowerCase();
    // The same answer as for an unknown stream: nobody learns what an address looks like.
    if (!isUuid(id)) throw streamNotFound();
    const lookup = streams.get(id, freshMs, request);
    return "then" in lookup
      ? lookup.then((found) => answer(request, id, found))
      : answer(request, id, lookup);
  }

  function answer(request: Request, id: string, lookup: Lookup): Reply | Promise<Reply> {
    if (lookup.kind === "missing") throw streamNotFound();
    try {
      return begin(request, id, lookup);
    } catch (error) {
      throw counted(error, id, lookup);
    }
  }

  function begin(request: Request, id: string, lookup: Known): Reply | Promise<Reply> {
    const { state, methods } = lookup.kind === "valid" ? lookup.stream : lookup;
    if (state === "closed") throw streamClosed();
    const { method } = request;
    const sender = lookup.kind === "valid" ? lookup.stream.sender : lookup.sender;
    if (sender !== undefined && sender.handshake.length > 0 && method === "GET")
      return greeted(request, id, lookup, sender);
    if (!methods.includes(method)) return withoutHit(method, methods);
    // Who greets a paused stream is answered all the same: some block an address that is silent.
    if (state === "paused" && (sender === undefined || sender.handshake.length === 0)) throw streamPaused();
    const asks = sender !== undefined || (lookup.kind === "invalid" && lookup.namesProof);
    return asks ? acceptFrom(request, id, lookup, sender) : accept(request, id, lookup);
  }

  async function accept(request: Request, id: string, lookup: Lookup): Promise<Reply> {
    try {
      const body = await request.body(bodyBytesMax);
      const received_at = now();
      return await take(request, id, lookup, { body, received_at });
    } catch (error) {
      throw counted(error, id, lookup);
    }
  }

  function take(request: Request, id: string, lookup: Lookup, sent: Sent): Promise<Reply> {
    const codings = sent.body.length === 0 ? [] : codingsOf(request.headers["content-encoding"]);
    if (codings.length === 0) return store(request, id, lookup, sent);
    return inflate(request, id, lookup, { ...sent, codings });
  }

  /** By GET, whether hits may come so or not. */
  async function greeted(request: Request, id: string, lookup: Known, sender: Sender): Promise<Reply> {
    try {
      const reply = await origin.greet(id, sender, origin.evidence(request, Buffer.alloc(0)));
      if (reply !== undefined) return reply;
      const { state, methods } = lookup.kind === "valid" ? lookup.stream : lookup;
      if (!methods.includes("GET")) return withoutHit("GET", methods);
      if (state === "paused") throw streamPaused();
    } catch (error) {
      throw counted(error, id, lookup);
    }
    return acceptFrom(request, id, lookup, sender);
  }

  /** Of streams that want to know who sends: the proof is of the bytes as they came in, so that nothing is
   *  inflated for strangers. */
  async function acceptFrom(
    request: Request,
    id: string,
    lookup: Known,
    sender: Sender | undefined,
  ): Promise<Reply> {
    try {
      const body = await request.body(bodyBytesMax);
      const received_at = now();
      const evidence = origin.evidence(request, body);
      const reply = sender && (await origin.greet(id, sender, evidence));
      if (reply !== undefined) return reply;
      const { state } = lookup.kind === "valid" ? lookup.stream : lookup;
      if (state === "paused") throw streamPaused();
      const asked = await origin.ask(request, id, sender, { evidence, received_at });
      const sent = { body, received_at, asked, ...(sender !== undefined && { sender }) };
      if (asked.apart === undefined) return await take(request, id, lookup, sent);
      // Its proof will be asked for once more, so that it stays as it was sent.
      const isEncoded = body.length > 0 && codingsOf(request.headers["content-encoding"]).length > 0;
      return await store(request, id, lookup, { ...sent, isEncoded });
    } catch (error) {
      throw counted(error, id, lookup);
    }
  }

  /** @returns the error as it is */
  function counted(error: unknown, id: string, lookup: Lookup): unknown {
    if (refusals === undefined) return error;
    const at = now();
    const date = lookup.kind === "valid" ? lookup.stream.calendar(at) : undefined;
    refusals.refused(id, asProblem(error).code, at, date);
    return error;
  }

  async function inflate(
    request: Request,
    id: string,
    lookup: Lookup,
    sent: Sent & { codings: readonly string[] },
  ): Promise<Reply> {
    const { body, codings } = sent;
    const inflated = await inflating.undo(request, id, body, codings);
    try {
      const undone = { ...sent, body: inflated.body ?? body, isEncoded: inflated.body === undefined };
      return await store(request, id, lookup, undone);
    } finally {
      inflated.release();
    }
  }

  async function store(request: Request, id: string, lookup: Lookup, sent: Sent): Promise<Reply> {
    const read = readHit(request, id, lookup, sent);
    const hit = read instanceof Promise ? await read : read;
    await queue.publish(hit, { deadlineMs: publishDeadlineMs });
    stored?.(hit);
    if (sent.sender?.answer !== undefined) return answerOf(sent.sender.answer, hit.hit_id);
    return {
      status: 200,
      headers: {
        "content-type": "application/json",
        "afterclick-hit-id": hit.hit_id,
      },
      body: `{"hit_id":"${hit.hit_id}"}`,
    };
  }

  async function health({ method }: Request): Promise<Reply> {
    if (method !== "GET" && method !== "HEAD") throw methodNotAllowed({ method, allow: "GET, HEAD" });
    await queue.check();
    return {
      status: 200,
      headers: { "content-type": "application/json" },
      body: '{"status":"ok"}',
    };
  }

  return collect;
}

/** HEAD and OPTIONS tell that the address is right, and make no hit. */
function withoutHit(method: string, methods: readonly string[]): Reply {
  const allow = [...methods, "HEAD", "OPTIONS"].join(", ");
  if (method === "HEAD") return { status: 200 };
  if (method === "OPTIONS") return { status: 204, headers: { allow } };
  throw methodNotAllowed({ method: method.slice(0, 20), allow });
}

/** A body that is there, its codings undone where that could be. */
interface Sent {
  readonly body: Uint8Array;
  /** It could not be: it is kept as sent, and the hit says so. */
  readonly isEncoded?: boolean;
  readonly received_at: number;
  /** Of streams that say who sends. */
  readonly sender?: Sender;
  readonly asked?: Asked;
}

type Known = Exclude<Lookup, { kind: "missing" }>;

/** A promise where the body is large and names the hit. */
function readHit(request: Request, stream_id: string, lookup: Lookup, sent: Sent): Hit | Promise<Hit> {
  const { headers } = request;
  const { received_at } = sent;
  let { body } = sent;
  const noCodings = body.length === 0 ? undefined : noCodingsOf(headers["content-encoding"]);
  let query = request.query;
  let content_type = headers["content-type"];
  if (body.length === 0) {
    body = Buffer.from(query, "latin1");
    query = "";
    // It spoke of a body that is not there: a query string is a form.
    content_type = undefined;
  } else if (query !== "") {
    query = text(query);
    const bytes = Buffer.byteLength(query);
    if (bytes > attributeBytesMax) throw uriTooLong({ bytes, bytesMax: attributeBytesMax });
  }
  // Member by member: spreading what may be absent costs more than all the rest here.
  const hit: Draft = { hit_id: "", stream_id, received_at, body };
  if (lookup.kind === "valid") hit.date = lookup.stream.calendar(received_at);
  if (content_type !== undefined && content_type !== "") hit.content_type = cut(text(content_type));
  if (sent.isEncoded === true) hit.content_encoding = cut(text(headers["content-encoding"]!));
  if (query !== "") hit.query = query;
  const kept = keptHeaders(headers, (value) => cut(text(value)));
  if (noCodings !== undefined) hit.headers = { ...kept, "content-encoding": cut(text(noCodings)) };
  else if (kept !== undefined) hit.headers = kept;
  if (headers["afterclick-test"] === "true") hit.is_test = true;
  const apart = sent.asked?.apart;
  if (apart !== undefined) hit.kept_apart = true;
  const named = (hit_id: string): Hit => {
    hit.hit_id = hit_id;
    const proof = apart?.seal(hit_id);
    if (proof !== undefined) hit.proof = proof;
    return hit;
  };
  const hit_id = mintHitId(stream_id, body, sent.asked?.name ?? deliveryName(headers));
  return typeof hit_id === "string" ? named(hit_id) : hit_id.then(named);
}

type Draft = { -readonly [Name in keyof Hit]: Hit[Name] };

/** The sender's own name of its delivery, in bytes: 1 to 255 of them, otherwise it is ignored. */
function deliveryName(headers: Request["headers"]): Uint8Array | undefined {
  for (const name of [headers["webhook-id"], headers["idempotency-key"]]) {
    if (name !== undefined && name.length >= 1 && name.length <= 255) return Buffer.from(name, "latin1");
  }
  return undefined;
}

const ascii = /^[\x20-\x7e]*$/;

/** HTTP hands over bytes, a letter each. Text is UTF-8 wherever it can be. */
function text(bytes: string): string {
  if (ascii.test(bytes)) return bytes;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, "latin1"));
  } catch {
    return bytes;
  }
}

/** To what an attribute of the queue holds, on a whole letter. */
function cut(value: string): string {
  if (value.length * 3 <= attributeBytesMax) return value;
  let bytes = 0;
  let end = 0;
  for (const letter of value) {
    bytes += Buffer.byteLength(letter);
    if (bytes > attributeBytesMax) break;
    end += letter.length;
  }
  return value.slice(0, end);
}
