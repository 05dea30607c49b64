import { useEffect, useState } from "preact/hooks";
import type { JobView } from "../../functions/letters/job.ts";
import type { Outcome } from "../../functions/letters/outcome.ts";
import { Line } from "../parts/notes.tsx";
import { count, counted, ofDays, Time } from "../parts/text.tsx";

interface JobProps {
  readonly job: JobView;
  readonly zone: string;
  readonly now: number;
  /** The page that shows it as it is by then. */
  readonly again: string;
  /** Where a form ends it; only for those who may. */
  readonly stop?: string;
}

/** A replay or a discard of many: how far it is, then what came of it. */
export function Job(props: JobProps) {
  return props.job.state === "running" ? <Running {...props} /> : <Ended {...props} />;
}

/** Without a word of its own for so long, nobody works on it; a step says one a minute. */
const stillMs = 3 * 60_000;

/** Whether there is more to learn of it. */
export const isOpen = ({ state, outcome }: JobView): boolean =>
  state === "running" || (outcome?.on_their_way ?? 0) > 0;

function Running({ job, zone, now, again, stop }: JobProps) {
  const { id, what, of, done, by, started_at, updated_at, trouble, stopping } = job;
  const isStill = now - updated_at > stillMs;
  return (
    <section class="card">
      <header>
        <h2 id={`job-${id}`}>
          {what === "replay" ? "Replay" : "Discard"} of {counted(of, "dead letter")}
          {ofDays(job, now)}
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
            {stopping === true && " It ends with the batch that has begun."}
            {isStill && stopping !== true && " It stands still: the same button below takes it up."}
          </p>
          <div class="row">
            <a class="btn small" href={again}>
              Look again
            </a>
            {stop !== undefined && (stopping !== true || isStill) && (
              <form method="post" action={stop}>
                <button class="btn small" type="submit">
                  Stop
                </button>
              </form>
            )}
          </div>
        </div>
      </div>
    </section>
  );
}

function Ended({ job, zone, now, again }: JobProps) {
  const { what, state, done, of, trouble, outcome } = job;
  const link = (
    <a class="btn small plain" href={again}>
      {isOpen(job) ? "Look again" : "What waits now"}
    </a>
  );
  const sum =
    outcome === undefined ? <Sum job={job} /> : <CameOf outcome={outcome} at={now} zone={zone} now={now} />;
  if (state === "failed" || state === "stopped")
    return (
      <Line tone={state === "failed" ? "bad" : "warn"} isStatus action={link}>
        {state === "failed"
          ? `It ended early, after ${count(done)} of ${count(of)}: ${trouble} `
          : `${job.stopped_by ?? "Somebody"} stopped it, after ${count(done)} of ${count(of)}. `}
        {(done > 0 || outcome !== undefined) && <>{sum}. </>}
        {state === "failed"
          ? "Begin it again for what still waits."
          : "What is left waits as before, and can be begun again."}
      </Line>
    );
  if (what === "discard")
    return (
      <Line tone="ok" isStatus action={link}>
        {sum}; they stay readable.
      </Line>
    );
  const stays = job.refused.map(({ why }) => why).join(" ");
  const more = job.refused_more ?? 0;
  if (done === 0 && outcome === undefined)
    return (
      <Line tone="warn" isStatus action={link}>
        Nothing was replayed. {stays === "" ? "None waited any more." : stays}
      </Line>
    );
  return (
    <Line tone={(outcome?.failed_again ?? 0) > 0 ? "warn" : "ok"} isStatus action={link}>
      {sum}. {came(job)} {stays}
      {more > 0 && ` And ${counted(more, "stream")} more stay.`}
    </Line>
  );
}

function Sum({ job: { what, done, about } }: { job: JobView }) {
  return (
    <>
      <strong>
        {about === true && "About "}
        {counted(done, "dead letter")}
      </strong>{" "}
      {what === "discard" ? "discarded" : `on ${done === 1 ? "its" : "their"} way`}
    </>
  );
}

/** `1,204 sent, 1,198 written, 6 failed again`, with what is none of these only where there is some. */
function CameOf({ outcome, ...time }: { outcome: Outcome; at: number; zone: string; now: number }) {
  const { sent, written, failed_again, on_their_way, discarded, replayed_again } = outcome;
  const rest = [
    [on_their_way, "on their way"],
    [discarded, "discarded since"],
    [replayed_again, "replayed again since"],
  ] as const;
  return (
    <>
      <strong>
        {count(sent)} sent, {count(written)} written, {count(failed_again)} failed again
      </strong>
      {rest.map(([many, how]) => many > 0 && `, ${count(many)} ${how}`)}, as of <Time {...time} />
    </>
  );
}

function came({ outcome, outcome_unknown }: JobView): string {
  if (outcome === undefined)
    return outcome_unknown === undefined
      ? "What fails again comes back here."
      : `What became of them cannot be counted now: ${outcome_unknown}`;
  return [
    outcome.on_their_way > 0 ? "What is on its way becomes a row, or comes back here." : "",
    outcome.failed_again > 0 ? "What failed again waits below, with its reason." : "",
    "Each keeps its hit_id and received_at.",
  ]
    .filter((sentence) => sentence !== "")
    .join(" ");
}

const everyMs = 1_000;
/** Its letters become rows after its end. Each such look counts them, which costs a query in the cloud. */
const afterwards = { everyMs: 3_000, looksMax: 20 };

/** Looks how far a job is until it has ended, and a while longer for what becomes of its letters. A look that
 *  fails says nothing: the next one may not. */
export function JobWatch(props: JobProps & { look: string }) {
  const [seen, setSeen] = useState({ job: props.job, now: props.now });
  const [looks, setLooks] = useState(0);
  const [looksAfter, setLooksAfter] = useState(0);
  const isRunning = seen.job.state === "running";
  const looksOn = isOpen(seen.job) && looksAfter < afterwards.looksMax;

  useEffect(() => {
    if (!looksOn) return undefined;
    const timer = setTimeout(
      () => {
        fetch(props.look, { headers: { accept: "application/json" } })
          .then(async (answer) => {
            if (answer.ok) setSeen((await answer.json()) as { job: JobView; now: number });
          })
          // The next look may be answered.
          .catch(() => undefined)
          .finally(() => {
            setLooks((before) => before + 1);
            if (!isRunning) setLooksAfter((before) => before + 1);
          });
      },
      isRunning ? everyMs : afterwards.everyMs,
    );
    return () => clearTimeout(timer);
  }, [looks, looksOn]);

  return <Job {...props} {...seen} />;
}
