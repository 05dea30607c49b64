import { useEffect, useState } from "preact/hooks";
import type { Sent } from "../../functions/hits/send-test.ts";
import { Code } from "../parts/code.tsx";
import { Spine, Step } from "../parts/spine.tsx";
import { Time } from "../parts/text.tsx";

/** Where a test hit is, as the page looks after it. */
export interface Whereabouts {
  readonly state: "in_table" | "waiting" | "dead_letter" | "not_found";
  readonly queue: "waiting" | "absent" | "unknown";
  /** Unix ms: when it was looked. */
  readonly at: number;
  readonly table?: string;
  /** The row, as JSON. */
  readonly row?: string;
  /** Why it is a dead letter. */
  readonly letter?: string;
}

export interface TestProps {
  /** Of the stream. */
  readonly id: string;
  readonly table: string;
  readonly zone: string;
  readonly body: string;
  readonly sent?: Sent;
  readonly found?: Whereabouts | undefined;
}

/** The waiting is part of the design: it is looked for after so many seconds, again and again, and
 *  given up after a minute. */
const looksAfterMs = [500, 1_000, 2_000, 3_000, 5_000];
const patienceMs = 60_000;

/** Sends a marked hit through the public address and follows it into the table. */
export function TestSend(props: TestProps) {
  const [sent, setSent] = useState(props.sent);
  const [found, setFound] = useState(props.found);
  const [looks, setLooks] = useState(0);
  const [sending, setSending] = useState(false);
  const [failed, setFailed] = useState(false);
  const isOver = found?.state === "in_table" || found?.state === "dead_letter";
  const isLate = sent !== undefined && found !== undefined && found.at - sent.at > patienceMs;
  const hitId = sent?.hitId;

  useEffect(() => {
    if (hitId === undefined || isOver || isLate) return undefined;
    const timer = setTimeout(
      () => {
        ask<Whereabouts>(`/streams/${props.id}/test/${hitId}`)
          .then((now) => {
            setFound(now);
            setFailed(false);
          })
          .catch(() => setFailed(true))
          .finally(() => setLooks((count) => count + 1));
      },
      looksAfterMs[Math.min(looks, looksAfterMs.length - 1)],
    );
    return () => clearTimeout(timer);
  }, [hitId, looks, isOver, isLate]);

  const send = (event: SubmitEvent) => {
    event.preventDefault();
    if (sending) return;
    const form = event.currentTarget as HTMLFormElement;
    setSending(true);
    ask<Sent>(form.action, new URLSearchParams(new FormData(form) as unknown as Record<string, string>))
      .then((now) => {
        setSent(now);
        setFound(undefined);
        setLooks(0);
        setFailed(false);
      })
      .catch(() => setFailed(true))
      .finally(() => setSending(false));
  };

  return (
    <section class="card no-print" aria-labelledby="test-h">
      <header>
        <h2 id="test-h">Send a test</h2>
        {sent !== undefined && <span class="hint">Step {stepOf(sent, found)} of 4</span>}
      </header>
      <div aria-live="polite">
        {sent === undefined ? (
          <p>
            A marked hit goes through the public address, and its row is waited for. The views leave it out.
          </p>
        ) : (
          <TestSteps {...props} name="test" sent={sent} found={found} isLate={isLate} />
        )}
        {failed && <NoAnswer />}
      </div>
      <form method="post" action={`/streams/${props.id}/test`} onSubmit={send}>
        <div class="stack">
          <details>
            <summary>Edit the body</summary>
            <div class="field">
              <label for="test-body">Body of the test</label>
              <textarea id="test-body" name="body" rows={4} class="mono" spellcheck={false}>
                {props.body}
              </textarea>
            </div>
          </details>
          <div class="row">
            <button class="btn" type="submit">
              {sending ? "Sending…" : sent === undefined ? "Send a test" : "Send again"}
            </button>
          </div>
        </div>
      </form>
    </section>
  );
}

function stepOf({ hitId }: Sent, found: Whereabouts | undefined): number {
  if (hitId === undefined) return 1;
  if (found?.state === "in_table" || found?.state === "dead_letter") return 4;
  return found?.queue === "absent" ? 4 : 3;
}

export function NoAnswer() {
  return (
    <p class="check bad">
      <span>The panel did not answer; it is tried again.</span>
    </p>
  );
}

/** @param props.name stands before the ids of its parts */
export function TestSteps(
  props: Pick<TestProps, "id" | "table" | "zone" | "found"> & { name: string; sent: Sent; isLate: boolean },
) {
  const { sent, id, table, zone, name } = props;
  const time = (at: number) => <Time at={at} zone={zone} now={sent.at} />;
  const at = sent.at + sent.tookMs;
  const isIn = sent.hitId !== undefined;
  return (
    <Spine>
      <Step
        tone={isIn ? "ok" : "bad"}
        at={time(sent.at)}
        more={sent.failure ?? `${sent.tookMs} ms, answered ${sent.status}`}
      >
        {isIn ? "Sent" : "Not stored:"}{" "}
        <code>
          {sent.method} /ds/{id.slice(0, 8)}…
        </code>
      </Step>
      {isIn && (
        <Step tone="ok" at={time(at)}>
          Stored as{" "}
          <a class="mono" id={`${name}-hit`} href={`/find?q=${sent.hitId}`}>
            {sent.hitId}
          </a>
        </Step>
      )}
      {isIn && <Way {...props} table={table} time={time} />}
    </Spine>
  );
}

function Way(props: {
  name: string;
  found?: Whereabouts | undefined;
  table: string;
  isLate: boolean;
  time: (at: number) => preact.JSX.Element;
}) {
  const { name, found, table, isLate, time } = props;
  if (found?.state === "in_table")
    return (
      <>
        <Step tone="ok" at={time(found.at)}>
          Left the queue
        </Step>
        <Step tone="ok" at={time(found.at)}>
          Row found in <code>{found.table}</code>
        </Step>
        <li>
          <span />
          <Code id={`${name}-row`} title="The row" wraps>
            {found.row}
          </Code>
        </li>
      </>
    );
  if (found?.state === "dead_letter")
    return (
      <>
        <Step tone="ok" at={time(found.at)}>
          Left the queue
        </Step>
        <Step tone="bad" at={time(found.at)} more={found.letter}>
          Became a dead letter
        </Step>
      </>
    );
  const hasLeft = found?.queue === "absent";
  const waits = isLate
    ? "Not there after 60 s. Nothing is lost: it is stored. Look again later, or send another one."
    : "Looked for every few seconds, for a minute.";
  return (
    <>
      <Step tone={hasLeft ? "ok" : isLate ? "warn" : "info"} at={hasLeft ? time(found.at) : undefined}>
        {hasLeft ? "Left the queue" : "Waits in the queue"}
      </Step>
      <Step tone={isLate ? "warn" : hasLeft ? "info" : "quiet"} more={waits}>
        Looking for the row in <code>{table}</code>
        <a class="needs-none" href="">
          {" "}
          Look again
        </a>
      </Step>
    </>
  );
}

async function ask<Answer>(path: string, form?: URLSearchParams): Promise<Answer> {
  const reply = await fetch(path, {
    headers: { accept: "application/json" },
    ...(form !== undefined && { method: "POST", body: form }),
  });
  if (!reply.ok) throw new Error(String(reply.status));
  return (await reply.json()) as Answer;
}
