/** How long hits took, in a few hundred bytes however many there are: a count for
 *  each eighth of a doubling. */
export interface Delays {
  add(ms: number): void;
  /** So many of 100 took no longer, to a tenth; undefined where nothing was added. */
  percentile(percent: number): number | undefined;
}

const perDoubling = 8;
/** Up to 18 hours; what takes longer counts as that. */
const doublings = 26;

export function createDelays(): Delays {
  const buckets = new Uint32Array(perDoubling * doublings);
  let count = 0;

  return {
    add(ms) {
      const bucket = Math.floor(Math.log2(Math.max(1, ms)) * perDoubling);
      buckets[Math.min(bucket, buckets.length - 1)]! += 1;
      count += 1;
    },
    percentile(percent) {
      if (count === 0) return undefined;
      let left = Math.ceil((count * percent) / 100);
      const bucket = buckets.findIndex((there) => (left -= there) <= 0);
      return Math.round(2 ** ((bucket + 0.5) / perDoubling));
    },
  };
}
