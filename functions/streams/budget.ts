import { BoundedMap } from "../bounded.ts";
import { ownerOfPeer } from "../address.ts";
import type { Elapsed } from "../elapsed.ts";

/** How many addresses of streams that do not exist may be looked up: each costs a read of the
 *  registry, and whoever guesses may send as many as they like. Two buckets, so that one sender
 *  cannot empty everybody's. */
export interface Budget {
  /** Takes a read for an id never found.
   *  @returns 0, or after how many seconds there is one again; then nothing was taken */
  take(sender: string): number;
  /** The id was found: only guesses cost. */
  giveBack(sender: string): void;
}

export interface Allowance {
  readonly atOnce: number;
  readonly perSecond: number;
}

/** Of one address; an IPv6 one with its whole /64. A firm's own back end may call a
 *  hundred new streams at once. */
export const perSender: Allowance = { atOnce: 100, perSecond: 1 };
/** Of all together: 1.7 million reads a day, about one dollar. */
export const perInstance: Allowance = { atOnce: 1_000, perSecond: 20 };
/** Addresses held. Who is pushed out begins anew: those are bounded together. */
const sendersMax = 10_000;

interface Bucket {
  left: number;
  /** By `elapsed`. */
  at: number;
}

export function createBudget(elapsed: Elapsed): Budget {
  const shared: Bucket = { left: perInstance.atOnce, at: elapsed() };
  const senders = new BoundedMap<string, Bucket>(sendersMax);

  /** Addresses behind which there may be many senders have no bucket of their own. */
  function own(sender: string): Bucket | undefined {
    const owner = ownerOfPeer(sender);
    if (owner === undefined) return undefined;
    const bucket = senders.get(owner) ?? { left: perSender.atOnce, at: elapsed() };
    senders.set(owner, bucket); // the one used longest ago goes first
    return bucket;
  }

  function fill(bucket: Bucket, { atOnce, perSecond }: Allowance): void {
    const now = elapsed();
    bucket.left = Math.min(atOnce, bucket.left + ((now - bucket.at) / 1000) * perSecond);
    bucket.at = now;
  }

  function take(sender: string): number {
    const bucket = own(sender);
    if (bucket !== undefined) {
      fill(bucket, perSender);
      if (bucket.left < 1) return Math.ceil((1 - bucket.left) / perSender.perSecond);
    }
    fill(shared, perInstance);
    if (shared.left < 1) return Math.ceil((1 - shared.left) / perInstance.perSecond);
    if (bucket !== undefined) bucket.left -= 1;
    shared.left -= 1;
    return 0;
  }

  function giveBack(sender: string): void {
    const bucket = own(sender);
    if (bucket !== undefined) bucket.left = Math.min(perSender.atOnce, bucket.left + 1);
    shared.left = Math.min(perInstance.atOnce, shared.left + 1);
  }

  return { take, giveBack };
}
