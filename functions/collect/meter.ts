/** How much work threads do for somebody, where no clock of one thread tells: the CPU of this process less that of its main
 *  thread, in equal parts for all who are metered now, and never more than the time that passed. On a busy machine, where
 *  ten times as much time may pass, it is what an idle one would show. */
export interface Meter {
  /** Since it was made, in ms. */
  spentMs(): number;
  /** It shares in what is spent no longer. */
  end(): void;
}

let running = 0;

export function createMeter(): Meter {
  let at = performance.now();
  let cpu = threadsMs();
  let spent = 0;
  running++;
  return {
    spentMs() {
      const now = performance.now();
      const used = threadsMs();
      spent += Math.min(now - at, (used - cpu) / running);
      at = now;
      cpu = used;
      return spent;
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
