import { Arrivals } from "../../islands/arrivals.tsx";
import { Contract } from "../../parts/guide.tsx";
import { Block } from "../../parts/frame.tsx";

const at = Date.UTC(2026, 10, 27, 13, 5, 31);
const none = {
  lastAt: undefined,
  lastTestAt: undefined,
  today: 0,
  isMore: false,
  days: 0,
  since: "2026-11-20",
};
const tested = { ...none, lastTestAt: at - 240_000 };
const busy = { ...tested, lastAt: at - 31_000, today: 1_000, isMore: true, days: 4 };

/** What the holder of a link sees arrive, in every state. */
export function ArrivalStates() {
  return (
    <Block id="arrivals" title="What arrived, by a link">
      <Contract />
      <div class="half">
        <Arrivals zone="UTC" arrived={{ at, isWritable: false, recent: none }} />
        <Arrivals zone="UTC" arrived={{ at, isWritable: true, recent: tested }} />
        <Arrivals zone="UTC" arrived={{ at, isWritable: true, recent: busy }} trouble="silent" />
        <Arrivals zone="UTC" arrived={{ at, isWritable: true }} trouble="over" />
      </div>
    </Block>
  );
}
