import type { PersonView } from "../../functions/people/change.ts";
import { roles, type Role } from "../../functions/people/person.ts";
import type { Option } from "../command.ts";
import { wrongUsage } from "../failure.ts";
import { shown, type Typed } from "../typed.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { utcText } from "../terminal/times.ts";
import { visible } from "../terminal/visible.ts";

/** What the commands around people share. */

export const nameArgument = {
  name: "NAME",
  says: "of the person; in the cloud their mail address at Google",
};

export const scopeOptions = {
  role: { value: "ROLE", says: `${roles.join(", ")}: each may do what those before it may` },
  payloads: { value: "YES_OR_NO", says: "whether they see payloads, which are personal data" },
} as const satisfies Record<string, Option>;

/** @throws wrong usage */
export function typedScope(typed: Typed): { role?: Role; sees_payloads?: boolean } {
  const role = typed.oneOf("role", roles);
  const payloads = typed.oneOf("payloads", ["yes", "no"]);
  return {
    ...(role !== undefined && { role }),
    ...(payloads !== undefined && { sees_payloads: payloads === "yes" }),
  };
}

/** @throws wrong usage */
export function typedRole(typed: Typed, command: string): Role {
  const role = typed.oneOf("role", roles);
  if (role === undefined) throw wrongUsage(`${command} needs --role ROLE, one of ${roles.join(", ")}.`);
  return role;
}

export interface Linked {
  person: PersonView;
  link: { path: string; until: number; url?: string };
}

/** The link goes where the data goes, so that it can be handed on; what to know of it, to the person. */
export async function showLink({ person, link }: Linked, terminal: Terminal): Promise<void> {
  const { path, url, until } = link;
  terminal.say(visible(`${person.name} sets a password with this link, once, until ${utcText(until)}:`));
  await terminal.out(`${visible(url ?? path)}\n`);
  if (url === undefined)
    terminal.say(
      "It stands below the address of the panel. On one machine, PANEL_URL names it: set it and restart the server. In the " +
        "cloud, people whom Identity-Aware Proxy lets in need no password.",
    );
}

export function scopeText({ role, sees_payloads }: { role: string; sees_payloads: boolean }): string {
  return `${shown(role).replaceAll('"', "")}, ${sees_payloads ? "sees payloads" : "no payloads"}`;
}
