/** Work that begins whenever there is some, at most so much at once, and after the events at hand: what
 *  arrived together goes together. */
export interface Flights {
  /** Looks whether there is work: after whatever may have made some. Each flight looks again when it ends. */
  schedule(): void;
  underWay(): number;
}

export function createFlights(options: {
  readonly atOnce: number;
  isReady(): boolean;
  /** Before the next one begins; none where left out. */
  pauseMs?(): number;
  /** Takes the work as it begins. Never rejects. */
  fly(): Promise<void>;
}): Flights {
  const { atOnce, isReady, pauseMs = () => 0, fly } = options;
  let underWay = 0;
  let scheduled = false;

  function schedule(): void {
    if (scheduled || underWay >= atOnce || !isReady()) return;
    scheduled = true;
    const pause = pauseMs();
    if (pause > 0) setTimeout(begin, pause);
    else setImmediate(begin);
  }

  function begin(): void {
    scheduled = false;
    if (underWay >= atOnce || !isReady()) return;
    underWay++;
    void fly().finally(() => {
      underWay--;
      schedule();
    });
    schedule();
  }

  return { schedule, underWay: () => underWay };
}
