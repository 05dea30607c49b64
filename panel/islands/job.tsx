import { useEffect, useState } from "preact/hooks";
import type { JobView } from "../../functions/letters/job.ts";
import { Line } from "../parts/notes.tsx";
import { count, counted, Time } from "../parts/text.tsx";

interface JobProps {
  readonly job: JobView;
  readonly zone: string;
  readonly now: number;
  /** The page that shows it as it is by then. */
  readonly again: string;
}

/** A replay or a discard of many: how far it is, then what came of it. */
export function Job(props: JobProps) {
  return props.job.state === "running" ? <Running {...props} /> : <Ended {...props} />;
}

/** Without a word of its own for so long, nobody works on it; a step says one a minute. */
const stillMs = 3 * 60_000;

function Running({ job, zone, now, again }: JobProps) {
  const { id, what, of, done, by, started_at, updated_at, trouble } = job;
  const isStill = now - updated_at > stillMs;
  return (
    <section class="card">
      <header>
        <h2 id={`job-${id}`}>
          {what === "replay" ? "Replay" : "Discard"} of {counted(of, "dead letter")}
        </h2>
        <span class="hint">
          begun{by !== undefined && ` by ${by}`} at <Time at={started_at} zone={zone} now={now} />
        </span>
      </header>
      <div class="stack" role="status">
        <progress max={Math.max(of, done, 1)} value={done} aria-labelledby={`job-${id}`}>
          {count(done)}
        </progress>
        <div class="row end">
          <p>
            <strong>{count(done)}</strong> of {count(of)} {what === "replay" ? "on their way" : "discarded"},
            as of <Time at={now} zone={zone} now={now} />. It goes on without this page.
            {trouble !== undefined && ` ${trouble} It is tried again.`}
            {isStill && " It stands still: the same button below takes it up."}
          </p>
          <a class="btn small" href={again}>
            Look again
          </a>
        </div>
      </div>
    </section>
  );
}

function Ended({ job, again }: JobProps) {
  const { what, state, done, of, refused, refused_more = 0, trouble, about } = job;
  const sum = (
    <strong>
      {about === true && "About "}
      {counted(done, "dead letter")}
    </strong>
  );
  const link = (
    <a class="btn small plain" href={again}>
      What waits now
    </a>
  );
  if (state === "failed")
    return (
      <Line tone="bad" isStatus action={link}>
        {sum} of {count(of)} {what === "replay" ? "on their way" : "discarded"}, then it ended: {trouble}{" "}
        Begin it again for what still waits.
      </Line>
    );
  if (what === "discard")
    return (
      <Line tone="ok" isStatus action={link}>
        {sum} discarded; they stay readable.
      </Line>
    );
  const stays = refused.map(({ why }) => why).join(" ");
  if (done === 0)
    return (
      <Line tone="warn" isStatus action={link}>
        Nothing was replayed. {stays === "" ? "None waited any more." : stays}
      </Line>
    );
  return (
    <Line tone="ok" isStatus action={link}>
      {sum} on {done === 1 ? "its" : "their"} way, with the hit_id and received_at that{" "}
      {done === 1 ? "it has" : "they have"}. What fails again comes back here. {stays}
      {refused_more > 0 && ` And ${counted(refused_more, "stream")} more stay.`}
    </Line>
  );
}

const everyMs = 1_000;

/** Looks how far a job is until it has ended. A look that fails says nothing: the next one may not. */
export function JobWatch(props: JobProps & { look: string }) {
  const [seen, setSeen] = useState({ job: props.job, now: props.now });
  const [looks, setLooks] = useState(0);
  const isRunning = seen.job.state === "running";

  useEffect(() => {
    if (!isRunning) return undefined;
    const timer = setTimeout(() => {
      fetch(props.look, { headers: { accept: "application/json" } })
        .then(async (answer) => {
          if (answer.ok) setSeen((await answer.json()) as { job: JobView; now: number });
        })
        // The next look may be answered.
        .catch(() => undefined)
        .finally(() => setLooks((before) => before + 1));
    }, everyMs);
    return () => clearTimeout(timer);
  }, [looks, isRunning]);

  return <Job {...props} {...seen} />;
}
