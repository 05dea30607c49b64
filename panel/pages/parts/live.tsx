import { nothingYet } from "../../hits/following.ts";
import { LiveStatus, NothingLive } from "../../islands/live.tsx";
import { Block } from "../../parts/frame.tsx";

const now = Date.UTC(2026, 10, 27, 13, 5, 31);
const live = { ...nothingYet, total: 12, since: now - 201_000, beatAt: now - 2_000 };
const running = { isPaused: false, isOver: false };
const states = {
  connecting: { seen: nothingYet, ...running },
  live: { seen: live, ...running },
  crowded: { seen: { ...live, total: 1_204, leftOut: 1_004 }, ...running },
  silent: { seen: { ...live, beatAt: now - 40_000 }, ...running },
  reconnecting: { seen: { ...live, tries: 3 }, ...running },
  paused: { seen: live, isPaused: true, isOver: false },
  stopped: { seen: live, isPaused: false, isOver: true },
};

/** The line above hits as they arrive, and what stands there without any, in every state. */
export function LiveStates() {
  const id = "3d1f7a90-5c26-4e0b-9b84-6f2a1c7de513";
  return (
    <Block id="live" title="Live">
      <div class="half">
        {Object.entries(states).map(([name, state]) => (
          <LiveStatus key={name} {...state} zone="UTC" now={now} fresh={37} toggle={() => undefined} />
        ))}
        <NothingLive id={id} zone="UTC" q="" isLong={false} now={now} />
        <NothingLive id={id} zone="UTC" q="" refused={4} lastAt={now - 3_600_000} isLong now={now} />
      </div>
    </Block>
  );
}
