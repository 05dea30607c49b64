import type { ComponentChildren } from "preact";
import type { Person } from "../ports.ts";
import type { Waits } from "../waits.ts";
import { count } from "./text.tsx";
import { Logo, Sym, type SymbolName } from "./sym.tsx";

export type Section = "streams" | "imports" | "find" | "tables" | "settings";

const sections: readonly { name: Section; href: string; title: string; symbol: SymbolName }[] = [
  { name: "streams", href: "/streams", title: "Streams", symbol: "streams" },
  { name: "imports", href: "/imports", title: "Imports", symbol: "imports" },
  { name: "find", href: "/find", title: "Find", symbol: "find" },
  { name: "tables", href: "/tables", title: "Tables", symbol: "tables" },
  { name: "settings", href: "/settings", title: "Settings", symbol: "settings" },
];

/** The frame of a page that is one of many. */
export function App(props: {
  person: Person;
  waits: Waits | undefined;
  section?: Section;
  children: ComponentChildren;
}) {
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <div class="app">
        <header class="side">
          <a class="logo" href="/streams">
            <Logo />
            Afterclick
          </a>
          <nav aria-label="Main">
            <ul class="nav">
              {sections.map(({ name, href, title, symbol }) => (
                <li key={name}>
                  <a href={href} aria-current={name === props.section ? "page" : undefined}>
                    <Sym name={symbol} />
                    {title}
                  </a>
                  {name === "streams" && <Problems waits={props.waits} />}
                </li>
              ))}
            </ul>
          </nav>
          <div class="foot">
            <p>{whoIs(props.person)}</p>
            {props.person.how === "session" && (
              <form method="post" action="/sign-out">
                <button type="submit" class="btn small">
                  Sign out
                </button>
              </form>
            )}
          </div>
        </header>
        <main id="main" tabindex={-1}>
          {props.children}
        </main>
      </div>
    </>
  );
}

/** How many dead letters wait; nothing where none does, or where that is not known. */
export function Problems({ waits }: { waits: Waits | undefined }) {
  if (waits === undefined || waits.waiting === 0) return null;
  const { waiting, at_least, at } = waits;
  return (
    <a class="count bad" href="/streams?state=attention" title={`as of ${clock(at)} UTC`}>
      {count(waiting)}
      {at_least === true && "+"}
      <span class="vh"> {waiting === 1 ? "dead letter waits" : "dead letters wait"}</span>
    </a>
  );
}

const clock = (at: number): string => new Date(at).toISOString().slice(11, 19);

/** A page with one thing on it. It leads nowhere else: whoever sees it may know nobody here. */
export function Alone({ children }: { children: ComponentChildren }) {
  return (
    <main id="main" class="alone">
      <Mark />
      {children}
    </main>
  );
}

/** A page for somebody who has no account: nothing of it leads into the panel. */
export function Handout({ children }: { children: ComponentChildren }) {
  return (
    <main id="main" class="handout">
      <Mark />
      {children}
    </main>
  );
}

function Mark() {
  return (
    <p class="logo">
      <Logo />
      Afterclick
    </p>
  );
}

/** As the foot of each page says it. */
export function whoIs({ name, role, how }: Person): string {
  if (how === "machine") return "Open to this machine alone, without sign-in";
  return `Signed in as ${name}, ${role.charAt(0).toUpperCase()}${role.slice(1)}`;
}

/** The way here, the page itself last. */
export function Crumbs(props: { way: readonly { href: string; title: string }[]; here: string }) {
  return (
    <nav class="crumbs" aria-label="Breadcrumb">
      <ol>
        {props.way.map(({ href, title }) => (
          <li key={href}>
            <a href={href}>{title}</a>
          </li>
        ))}
        <li>
          <span aria-current="page">{props.here}</span>
        </li>
      </ol>
    </nav>
  );
}

/** One h1, one sentence, at most one primary action. */
export function Head(props: {
  title: ComponentChildren;
  sentence?: ComponentChildren;
  actions?: ComponentChildren;
}) {
  return (
    <div class="head">
      <div>
        <h1>{props.title}</h1>
        {props.sentence !== undefined && <p>{props.sentence}</p>}
      </div>
      {props.actions !== undefined && <div class="row">{props.actions}</div>}
    </div>
  );
}

/** A part of a page under its own heading. */
export function Block(props: { id: string; title: ComponentChildren; children: ComponentChildren }) {
  return (
    <section class="stack" aria-labelledby={`${props.id}-h`} id={props.id}>
      <h2 id={`${props.id}-h`}>{props.title}</h2>
      {props.children}
    </section>
  );
}
