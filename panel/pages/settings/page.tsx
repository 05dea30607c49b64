import type { ComponentChildren } from "preact";
import { Problem } from "../../../functions/problem.ts";
import { reaches, type Role } from "../../../functions/people/person.ts";
import type { Reply } from "../../../functions/request.ts";
import { page, seeOther } from "../../document.tsx";
import { App, Head } from "../../parts/frame.tsx";
import { Refusal } from "../../parts/notes.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import type { Visit } from "../../visit.ts";

const tabs: readonly { href: string; title: string; role: Role }[] = [
  { href: "/settings/people", title: "People", role: "admin" },
  { href: "/settings/tokens", title: "API tokens", role: "viewer" },
  { href: "/settings/imports", title: "Import custom data", role: "editor" },
  { href: "/settings/audit", title: "Audit", role: "admin" },
  { href: "/settings/system", title: "System", role: "viewer" },
  { href: "/settings/you", title: "You", role: "viewer" },
];

/** The first of them that somebody may open. */
export function settingsPage({ person }: Visit): Reply {
  return seeOther(tabs.find(({ role }) => reaches(person.role, role))!.href);
}

/** The frame of the pages about the whole.
 *  @param props.failed what was not done, and why */
export function settingsFrame(
  { person, waits }: Visit,
  props: {
    here: string;
    sentence: ComponentChildren;
    failed?: Problem | undefined;
    children: ComponentChildren;
  },
): Reply {
  const { here, failed } = props;
  return page(
    `${here}, settings`,
    <App person={person} waits={waits} section="settings">
      <Head title="Settings" sentence={props.sentence} />
      <Tabs of="Settings" here={here} tabs={tabs.filter(({ role }) => reaches(person.role, role))} />
      <div class="stack wide">
        {failed !== undefined && (
          <Refusal>
            <strong>Nothing was changed.</strong> {failed.message}
          </Refusal>
        )}
        {props.children}
      </div>
    </App>,
    failed?.status,
  );
}

/** What a person can mend stands on the page that it happened on. @throws what nobody can mend there */
export async function orShown(
  work: () => Promise<Reply>,
  shown: (failed: Problem) => Promise<Reply>,
): Promise<Reply> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500) throw error;
    return shown(error);
  }
}
