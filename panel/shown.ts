import { type ComponentChildren, Fragment, options } from "preact";
import { visibleLines } from "../functions/visible.ts";

/** Whatever stands in a page as text shows and does not act: a stream's name or a warehouse's sentence may
 *  hold marks that turn the words after it around. Here, so that no page has to think of it. What somebody
 *  typed stays as it is, in fields and their values. */
export function showTexts(): void {
  const before = options.vnode;
  options.vnode = (vnode) => {
    const { type } = vnode;
    const props = vnode.props as { children?: ComponentChildren };
    const isElement = typeof type === "string" && type !== "textarea";
    // What a part of ours makes of its children is its own: it ends in elements.
    if ((isElement || type === Fragment) && props.children !== undefined)
      props.children = shown(props.children);
    before?.(vnode);
  };
}

function shown(children: ComponentChildren): ComponentChildren {
  if (typeof children === "string") return visibleLines(children);
  return Array.isArray(children) ? children.map(shown) : children;
}
