/** The time, and what is done later. */
export interface Clock {
  /** Unix ms. */
  now(): number;
  /** @returns what calls it off */
  after(ms: number, work: () => void): () => void;
}

export const wallClock: Clock = {
  now: Date.now,
  after(ms, work) {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};
