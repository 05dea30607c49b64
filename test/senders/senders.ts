import { crms } from "./crm.ts";
import { forms } from "./forms.ts";
import type { Sender } from "./sender.ts";
import { shops } from "./shops.ts";

export const senders: readonly Sender[] = [...crms, ...forms, ...shops];

export function bodyOf({ body }: Pick<Sender, "body">): Buffer {
  return Buffer.from(body);
}

/** The same records, later. */
export function laterOf(sender: Sender): Pick<Sender, "body" | "headers"> {
  const { body, headers } = sender.later ?? {};
  // As bytes, a letter each, in whatever charset it is.
  let bytes = bodyOf(sender).toString("latin1");
  const latin1 = (text: string) => Buffer.from(text).toString("latin1");
  for (const [from, to] of body ?? []) {
    if (!bytes.includes(latin1(from))) throw new Error(`${sender.name} has no ${from} in its body.`);
    bytes = bytes.replaceAll(latin1(from), latin1(to));
  }
  return { body: Buffer.from(bytes, "latin1"), headers: { ...sender.headers, ...headers } };
}
