import { Block } from "../../parts/frame.tsx";
import { Job } from "../../islands/job.tsx";

export function Jobs() {
  const now = Date.UTC(2026, 10, 27, 14, 5, 31);
  const job = {
    id: "1",
    what: "replay",
    state: "running",
    of: 1_204,
    done: 746,
    refused: [],
    started_at: now - 60_000,
    updated_at: now,
  } as const;
  const outcome = {
    sent: 1_204,
    written: 1_198,
    failed_again: 6,
    on_their_way: 0,
    discarded: 0,
    replayed_again: 0,
  };
  const days = { since: "2026-11-14", until: "2026-11-16" };
  const at = { zone: "UTC", now, again: "#jobs" };
  return (
    <Block id="jobs" title="Jobs">
      <div class="half">
        <Job job={{ ...job, ...days }} {...at} stop="#jobs" />
        <Job job={{ ...job, id: "4", stopping: true }} {...at} stop="#jobs" />
        <Job job={{ ...job, id: "2", of: 12_040, updated_at: now - 600_000, by: "ada" }} {...at} />
        <Job job={{ ...job, id: "3", of: 1_750, trouble: "The queue does not answer." }} {...at} />
        <Job job={{ ...job, state: "done", done: 1_204 }} {...at} />
        <Job job={{ ...job, state: "done", done: 1_204, outcome }} {...at} />
        <Job
          job={{
            ...job,
            state: "done",
            done: 1_204,
            outcome: { ...outcome, written: 1_100, on_their_way: 98 },
          }}
          {...at}
        />
        <Job
          job={{ ...job, state: "done", done: 1_204, outcome_unknown: "The warehouse does not answer." }}
          {...at}
        />
        <Job job={{ ...job, state: "stopped", stopped_by: "ada" }} {...at} />
        <Job
          job={{ ...job, state: "done", done: 0, refused: [{ why: "The dataset is missing." }] }}
          {...at}
        />
        <Job job={{ ...job, state: "done", what: "discard", done: 3, about: true }} {...at} />
        <Job job={{ ...job, state: "failed", trouble: "The table is forbidden." }} {...at} />
      </div>
    </Block>
  );
}
