import { within } from "../../../functions/within.ts";
import type { Hit } from "../../../functions/hit.ts";
import type { Log } from "../../../functions/log.ts";
import type { Deliver, Verdict } from "../../../functions/queue.ts";
import type { Gate, Lease, LocalQueue } from "./queue.ts";
import { hitOverheadBytes } from "./commits.ts";
import { whyOf } from "../thread/worker.ts";

/** Pulls hits out of the queue and hands them to deliver: what Pub/Sub's push does in the cloud.
 *  No stream may hold more than its share of what is in flight; one whose hits hang is slow, holds less than
 *  that, and its further hits are put aside, so that those behind them pass. */

export interface PumpOptions {
  log: Log;
  /** 32,768 unless told. */
  hitsInFlightMax?: number;
  /** 64 MiB unless told. May be passed by one hit. */
  bytesInFlightMax?: number;
  /** A stream is slow while its oldest hit in flight is older. */
  slowMs?: number;
  /** How long `stop` waits for what is in flight; the rest comes again with the next start. */
  stopMsMax?: number;
}

export interface Pump {
  stop(): Promise<void>;
}

/** Hits of one stream that began together. */
interface Batch {
  readonly begunAt: number;
  open: number;
}

interface Traffic {
  hits: number;
  bytes: number;
  /** Those that are not all through, the oldest first. */
  readonly batches: Set<Batch>;
}

const hitsDefault = 32_768;
const bytesDefault = 64 * 1024 * 1024;
/** A stream's part of all slots, and the part that all slow streams hold together. */
const share = 1 / 4;
const slowShare = 1 / 2;
const slowMsDefault = 5_000;
const stopMsDefault = 10_000;
const pauseMs = 250;
/** One way to the warehouse serves all hits of so long: after a quiet spell the first one goes at once. */
const gatherMs = 20;

export function startPump(queue: LocalQueue, deliver: Deliver, options: PumpOptions): Pump {
  const {
    log,
    hitsInFlightMax = hitsDefault,
    bytesInFlightMax = bytesDefault,
    slowMs = slowMsDefault,
  } = options;
  const streams = new Map<string, Traffic>();
  let slow = new Set<string>();
  let slowAt = 0;
  let hits = 0;
  let bytes = 0;
  let leasing = false;
  let again = false;
  let headWaits = false;
  let woken = false;
  let pulledAt = -Infinity;
  let timer: NodeJS.Timeout | undefined;
  let stopping: Promise<void> | undefined;
  let idle: (() => void) | undefined;

  function findSlow(): void {
    const now = performance.now();
    if (now - slowAt < Math.min(pauseMs, slowMs) / 2) return;
    slowAt = now;
    slow = new Set();
    for (const [streamId, { batches }] of streams) {
      const [oldest] = batches;
      if (oldest !== undefined && now - oldest.begunAt > slowMs) slow.add(streamId);
    }
  }

  function open(streamId: string): boolean {
    const traffic = streams.get(streamId);
    if (traffic === undefined) return true;
    const part = slow.has(streamId) ? Math.min(share, slowShare / slow.size) : share;
    return traffic.hits < Math.max(1, hitsInFlightMax * part) && traffic.bytes < bytesInFlightMax * part;
  }

  const gate: Gate = {
    open,
    admit(hit) {
      if (open(hit.stream_id)) {
        count(hit);
        return "take";
      }
      if (slow.has(hit.stream_id)) return "aside";
      headWaits = true;
      return "wait";
    },
  };

  function count(hit: Hit): void {
    let traffic = streams.get(hit.stream_id);
    if (traffic === undefined)
      streams.set(hit.stream_id, (traffic = { hits: 0, bytes: 0, batches: new Set() }));
    const size = sizeOf(hit);
    traffic.hits++;
    traffic.bytes += size;
    hits++;
    bytes += size;
  }

  async function pull(): Promise<void> {
    if (leasing || stopping !== undefined) {
      again = true;
      return;
    }
    leasing = true;
    do {
      again = false;
      headWaits = false;
      if (hits >= hitsInFlightMax || bytes >= bytesInFlightMax) break;
      findSlow();
      try {
        const leases = await queue.lease(hitsInFlightMax - hits, bytesInFlightMax - bytes, gate);
        begin(leases);
        if (leases.length > 0) again = true;
      } catch (error) {
        log("ERROR", "The queue cannot be read just now.", {
          why: whyOf(error),
        });
        wakeLater();
      }
      // The head of the queue waits for its own stream: look again when that stream may have become slow.
      if (headWaits) wakeLater();
    } while (again && stopping === undefined);
    leasing = false;
    if (stopping !== undefined && hits === 0) idle?.();
  }

  function wakeLater(): void {
    timer ??= setTimeout(
      () => {
        timer = undefined;
        void pull();
      },
      Math.min(pauseMs, slowMs),
    );
  }

  // Once for all slots that one turn of the event loop frees, and for all hits that come together.
  function wake(): void {
    if (woken) return;
    woken = true;
    const rest = pulledAt + gatherMs - performance.now();
    const go = () => {
      woken = false;
      pulledAt = performance.now();
      void pull();
    };
    if (rest > 0) setTimeout(go, rest);
    else setImmediate(go);
  }

  function begin(leases: Lease[]): void {
    const begunAt = performance.now();
    const batches = new Map<string, Batch>();
    for (const lease of leases) {
      const { stream_id } = lease.hit;
      let batch = batches.get(stream_id);
      if (batch === undefined) {
        batches.set(stream_id, (batch = { begunAt, open: 0 }));
        streams.get(stream_id)?.batches.add(batch);
      }
      batch.open++;
      run(lease, batch);
    }
  }

  function run(lease: Lease, batch: Batch): void {
    const end = (verdict: Verdict) => {
      // Here both other verdicts are the same pause: this pump slows nobody down but the stream itself.
      if (verdict === "ack") queue.ack(lease.id);
      else queue.nack(lease.id);
      const size = sizeOf(lease.hit);
      const traffic = streams.get(lease.hit.stream_id);
      hits--;
      bytes -= size;
      if (traffic !== undefined) {
        traffic.hits--;
        traffic.bytes -= size;
        if (--batch.open === 0) traffic.batches.delete(batch);
        if (traffic.hits === 0) streams.delete(lease.hit.stream_id);
      }
      if (stopping === undefined) wake();
      else if (hits === 0 && !leasing) idle?.();
    };
    const fail = (error: unknown) => {
      const fields = { hit_id: lease.hit.hit_id, why: whyOf(error) };
      log("ERROR", "A delivery failed in an unknown way; it is tried again.", fields);
      end("later");
    };
    try {
      (lease.exhausted ? deliver.park(lease.hit) : deliver.deliver(lease.hit)).then(end, fail);
    } catch (error) {
      fail(error);
    }
  }

  queue.onWork(wake);

  return {
    stop() {
      const idling = () =>
        new Promise<void>((resolve) => {
          clearTimeout(timer);
          idle = resolve;
          queue.onWork(() => undefined);
          if (hits === 0 && !leasing) resolve();
        });
      stopping ??= within(options.stopMsMax ?? stopMsDefault, idling(), () => undefined);
      return stopping;
    },
  };
}

function sizeOf(hit: Hit): number {
  return hit.body.byteLength + hitOverheadBytes;
}
