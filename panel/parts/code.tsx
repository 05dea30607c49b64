import type { ComponentChildren } from "preact";

/** Text to carry elsewhere: one line. */
export function CopyLine(props: { id: string; text: string; what: string; isPrimary?: boolean }) {
  return (
    <div class="copy">
      <code id={props.id}>{props.text}</code>
      <CopyButton
        of={props.id}
        what={props.what}
        isPrimary={props.isPrimary === true}
        label={`Copy ${props.what}`}
      />
    </div>
  );
}

/** More than a line; what is the reader's own stands in `mark`.
 *  @param props.actions stand before the button that copies */
export function Code(props: {
  id: string;
  title: string;
  wraps?: boolean;
  actions?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <figure class="code">
      <figcaption>
        <span>{props.title}</span>
        <span class="row">
          {props.actions}
          <CopyButton of={props.id} what={props.title} label="Copy" />
        </span>
      </figcaption>
      <pre
        class={props.wraps === true ? "wrap" : undefined}
        tabindex={0}
        aria-label={props.title}
        role="region"
      >
        <code id={props.id}>{props.children}</code>
      </pre>
    </figure>
  );
}

/** Only a script can copy: it brings the button out. */
function CopyButton(props: { of: string; what: string; label: string; isPrimary?: boolean }) {
  return (
    <button
      class={`btn small needs-script${props.isPrimary === true ? " primary" : ""}`}
      type="button"
      data-copy={props.of}
      data-what={props.what}
    >
      {props.label}
    </button>
  );
}

/** A text with what is the reader's own in it. */
export function Marked({ text, own }: { text: string; own: string }) {
  const parts = own === "" ? [text] : text.split(own);
  return (
    <>
      {parts.map((part, index) => (
        <>
          {index > 0 && <mark>{own}</mark>}
          {part}
        </>
      ))}
    </>
  );
}

/** Names and values. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </>
      ))}
    </dl>
  );
}
