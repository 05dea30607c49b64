import type { ComponentChildren } from "preact";

/** A list of things becomes cards on a phone; other wide content scrolls in its own box.
 *  @param props.caption what the table holds; shown with `isTitled`, else for screen readers alone */
export function Table(props: {
  id: string;
  caption: ComponentChildren;
  isTitled?: boolean;
  kind?: "cards" | "scroll";
  head: ComponentChildren;
  children: ComponentChildren;
}) {
  const scrolls = props.kind !== "cards";
  return (
    <div
      class={`table${props.kind === undefined ? "" : ` ${props.kind}`}`}
      {...(scrolls && { role: "region", "aria-labelledby": props.id, tabIndex: 0 })}
    >
      <table>
        <caption id={props.id} class={props.isTitled === true ? undefined : "vh"}>
          {props.caption}
        </caption>
        <thead>
          <tr>{props.head}</tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </div>
  );
}

/** @param props.class `n` for numbers, `w2` and `w3` for what narrow screens leave out */
export function Column(props: { class?: string; children: ComponentChildren }) {
  return (
    <th scope="col" class={props.class}>
      {props.children}
    </th>
  );
}
