import type { ComponentChildren } from "preact";
import { Sym, type SymbolName } from "./sym.tsx";

export type Tone = "ok" | "warn" | "bad" | "info" | "quiet";

/** Symbol and word; its sentence stands beside it. Filled only where somebody must act. */
export function Badge(props: {
  tone: Tone;
  symbol: SymbolName;
  fill?: boolean;
  children: ComponentChildren;
}) {
  return (
    <span class={`badge ${props.tone}${props.fill === true ? " fill" : ""}`}>
      <Sym name={props.symbol} />
      {props.children}
    </span>
  );
}

/** A fact about a row. */
export function Tag({ children }: { children: ComponentChildren }) {
  return <span class="tag">{children}</span>;
}
