import type { Log } from "../../functions/log.ts";
import type { Connection } from "./connection.ts";

/** What the door grants. Every number has a default that fits one small machine (1 GiB); a
 *  main.ts may set others. */
export interface DoorOptions {
  /** Address to listen on. 127.0.0.1 takes only local senders, `::` everybody. */
  host: string;
  /** 0 takes any free port. */
  port: number;
  log: Log;
  /** Requests in progress at once; past it the one that waits longest for its sender gives way (slowest.ts),
   *  and where none does, the answer is 503. Default 2,048: eight times the connections of a busy CRM's
   *  pool, and few enough that all of them waiting for one slow disk stay under 50 MiB. A public address, or
   *  one that a counted proxy names, has at most as many of them as are still free: half where it is alone,
   *  and others find places. */
  requestsMax?: number;
  /** Bytes of bodies held at once, as received and by `hold()`; past it likewise. Default 128 MiB:
   *  sixteen of the largest. */
  bytesInFlightMax?: number;
  /** Time for the head of a request, in ms; then 408. Default 10,000: a head is one or two packets. */
  headerTimeoutMs?: number;
  /** Time for a whole request, in ms; then 408. Default 60,000: 8 MiB at 140 KB/s. At
   *  least headerTimeoutMs. */
  requestTimeoutMs?: number;
  /** How long an idle connection stays open, in ms. Default 65,000: longer than the 60 s of common proxies,
   *  since a proxy that reuses a connection just as we close it shows its sender an error. */
  keepAliveTimeoutMs?: number;
  /** How often the times above are looked at, in ms: the most by which they can be late. Default 1,000.
   *  Node's own default of 30 s would let a dripping sender stay four times as long as it is told. */
  connectionsCheckingIntervalMs?: number;
  /** Bytes of all header lines of one request; past it 431. Default 16 KiB, as common servers allow. */
  headerBytesMax?: number;
  /** Bytes of path and query; past it 414. Default 8 KiB (RFC 9110 section 4.1 asks for 8,000 at least). */
  urlBytesMax?: number;
  /** Open connections. Past it idle ones are closed for newcomers (idlest.ts); where none idles, a newcomer
   *  gets 503. Default 4,096: about 40 MiB when all of them idle. */
  connectionsMax?: number;
  /** How many proxies in front of us write X-Forwarded-For. Default 0: nobody's word
   *  is taken for an address. */
  trustedProxies?: number;
  /** How long a client may leave an answer unread, in ms, before it counts as gone. Default 60,000. */
  sendTimeoutMs?: number;
  /** How long a connection that we closed is still read, in ms, so that a sender in mid-upload reads our
   *  answer and not a reset (RFC 9112 section 9.6). Default 2,000. */
  lingerMs?: number;
  /** Bytes thrown away meanwhile. Default 16 MiB: the rest of an upload twice as large as allowed. */
  lingerBytesMax?: number;
  /** Longest `drain()`, in ms. Default 10,000: what Cloud Run grants after SIGTERM. */
  drainMs?: number;
  /** Quiet time, in ms, after which `drain()` closes an idle connection. Default 500: a request that a client
   *  sent just before is served. */
  drainGraceMs?: number;
}

export type Limits = Readonly<Required<Omit<DoorOptions, "host" | "port" | "log">>>;

/** A sender has moved when this many bytes more of its body have arrived: whoever drips has not. */
export const stepBytes = 64 * 1024;

/** The rest of an unread body that is read and thrown away to keep the connection, in bytes:
 *  cheaper than a new one. */
export const dumpBytesMax = 64 * 1024;

const mebibyte = 1024 * 1024;

export const defaults: Limits = Object.freeze({
  requestsMax: 2048,
  bytesInFlightMax: 128 * mebibyte,
  headerTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  keepAliveTimeoutMs: 65_000,
  connectionsCheckingIntervalMs: 1000,
  headerBytesMax: 16 * 1024,
  urlBytesMax: 8 * 1024,
  connectionsMax: 4096,
  trustedProxies: 0,
  sendTimeoutMs: 60_000,
  lingerMs: 2000,
  lingerBytesMax: 16 * mebibyte,
  drainMs: 10_000,
  drainGraceMs: 500,
});

/** What all requests of one door share: its limits, and how much of them is used. */
export interface Desk {
  readonly limits: Limits;
  readonly log: Log;
  readonly connections: ReadonlySet<Connection>;
  requests: number;
  /** Of them, those of each address that is one sender's. */
  readonly requestsOf: Map<string, number>;
  bytes: number;
  draining: boolean;
  /** Aborted when it begins to drain. */
  readonly closing: AbortController;
}
