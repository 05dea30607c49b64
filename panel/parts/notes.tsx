import type { ComponentChildren } from "preact";
import type { Tone } from "./badge.tsx";
import { Sym, type SymbolName } from "./sym.tsx";

const symbols: Record<Tone, SymbolName> = { ok: "ok", warn: "warn", bad: "bad", info: "info", quiet: "todo" };

/** Result of a check of one thing. */
export function Check(props: { tone: Tone; children: ComponentChildren }) {
  return (
    <p class={`check ${props.tone}`}>
      <Sym name={symbols[props.tone]} />
      <span>{props.children}</span>
    </p>
  );
}

/** Somebody must act on this page: one, at its top. */
export function Callout(props: { tone: Tone; symbol?: SymbolName; children: ComponentChildren }) {
  return (
    <div class={`callout ${props.tone}`}>
      <Sym name={props.symbol ?? symbols[props.tone]} />
      <div>{props.children}</div>
    </div>
  );
}

/** Something is true and will go on; a list says so where it has nothing to list. */
export function Line(props: {
  tone?: Tone;
  isStatus?: boolean;
  action?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <div class={`line ${props.tone ?? ""}`.trim()} {...(props.isStatus === true && { role: "status" })}>
      <p>{props.children}</p>
      {props.action}
    </div>
  );
}

/** After a failed form that has no summary by fields: it gets the focus. */
export function Refusal({ isShown = true, children }: { isShown?: boolean; children: ComponentChildren }) {
  return (
    <div class="callout bad summary" role="alert" tabindex={-1} autofocus={isShown}>
      <Sym name="bad" />
      <div>
        <p>{children}</p>
      </div>
    </div>
  );
}

/** After a failed save: it gets the focus, and each line leads to its field. */
export function Summary(props: {
  title: string;
  isShownFirst?: boolean;
  faults: readonly { field: string; text: string }[];
}) {
  return (
    <div
      class="callout bad summary"
      role="alert"
      id="errors"
      tabindex={-1}
      autofocus={props.isShownFirst === true}
    >
      <Sym name="bad" />
      <div>
        <h3>{props.title}</h3>
        <ul>
          {props.faults.map(({ field, text }) => (
            <li key={field}>
              <a href={`#${field}`}>{text}</a>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
