import type { ComponentChildren } from "preact";
import type { Recent } from "../../functions/hits/recent.ts";
import type { Tone } from "./badge.tsx";
import { Sym, type SymbolName } from "./sym.tsx";
import { Time } from "./text.tsx";

/** A chain of events with times: a test send, a checklist, the way of a hit. */
export function Spine({ children }: { children: ComponentChildren }) {
  return (
    <ol class="spine" role="list">
      {children}
    </ol>
  );
}

const symbols: Record<Tone, SymbolName> = {
  ok: "ok",
  warn: "warn",
  bad: "bad",
  info: "running",
  quiet: "todo",
};

/** @param props.at a time or a duration, at the right edge */
export function Step(props: {
  tone: Tone;
  at?: ComponentChildren;
  more?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <li class={props.tone === "quiet" ? "quiet todo" : props.tone}>
      <Sym name={symbols[props.tone]} />
      <div>
        <p>{props.children}</p>
        {props.more !== undefined && <small>{props.more}</small>}
      </div>
      <span class="at">{props.at}</span>
    </li>
  );
}

/** It ticks itself: each line is looked up whenever the page is opened.
 *  @param props.why its table takes no rows
 *  @param props.recent not an object where it could not be told */
export function Checklist(props: {
  isWritable: boolean;
  why: string | undefined;
  recent: Recent | string | undefined;
  zone: string;
  now: number;
}) {
  const { isWritable, why, recent, zone, now } = props;
  const isKnown = typeof recent === "object";
  const steps: { title: string; done: boolean; at?: number | undefined; more?: string | undefined }[] = [
    { title: "Table can be written", done: isWritable, more: why },
    {
      title: "Test row arrived",
      done: isKnown && recent.lastTestAt !== undefined,
      at: isKnown ? recent.lastTestAt : undefined,
    },
    {
      title: "First real hit",
      done: isKnown && recent.lastAt !== undefined,
      at: isKnown ? recent.lastAt : undefined,
    },
    { title: "Second day with hits", done: isKnown && recent.days > 1 },
  ];
  const done = steps.filter((step) => step.done).length;
  return (
    <section class="card">
      <header>
        <h2>Checklist</h2>
        <span class="hint">
          {done} of {steps.length} done in the last 7 days
        </span>
      </header>
      <div>
        <Spine>
          {steps.map(({ title, done: isDone, at, more }) => (
            <Step
              key={title}
              tone={isDone ? "ok" : "quiet"}
              at={isDone && at !== undefined ? <Time at={at} zone={zone} now={now} /> : undefined}
              {...(!isDone && more !== undefined && { more })}
            >
              {title}
            </Step>
          ))}
        </Spine>
      </div>
    </section>
  );
}
