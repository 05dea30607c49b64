import type { ComponentChildren } from "preact";
import type { Tone } from "./badge.tsx";
import { Sym, type SymbolName } from "./sym.tsx";

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
