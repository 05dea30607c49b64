/** How much work the pool's threads do for somebody, where no clock tells for whom they work. At first it is
 *  the CPU of this process less that of its main thread, and never more than the time that passed. On a busy
 *  machine ten times as much time may pass: the CPU is what an idle one would show. It counts threads that
 *  work for others too (the queue's, those that collect garbage). So where it comes to something, it is what
 *  the pool's own clock says. All in equal parts for those who are metered now. */
export interface Meter {
  /** Since it was made, in ms. */
  spentMs(): number;
  /** It shares in what is spent no longer. */
  end(): void;
}

/** CPU of the pool's threads in ms; undefined where the system does not tell. */
export type PoolClock = () => number | undefined;

/** How much is believed before the pool's clock is read, which takes some 40 µs. */
const believedMs = 15;

let running = 0;

export function createMeter(poolMs: PoolClock = () => undefined): Meter {
  let at = performance.now();
  let cpu = threadsMs();
  let pool = poolMs();
  let believed = 0;
  let settled = 0;
  running++;

  function settle(): void {
    const now = poolMs();
    const worked = now === undefined ? believed : (now - (pool ?? now)) / running;
    settled += Math.min(believed, worked);
    pool = now;
    believed = 0;
  }

  return {
    spentMs() {
      const now = performance.now();
      const used = threadsMs();
      believed += Math.min(now - at, (used - cpu) / running);
      at = now;
      cpu = used;
      if (believed > believedMs) settle();
      return settled + believed;
    },
    end: () => void running--,
  };
}

function threadsMs(): number {
  const all = process.cpuUsage();
  // Since Node 23.9; without it the main thread's own work counts as well.
  const main = process.threadCpuUsage?.() ?? { user: 0, system: 0 };
  return (all.user + all.system - main.user - main.system) / 1000;
}
