import type { ComponentChildren } from "preact";
import { findImport, type ImportView } from "../../../functions/import/registered/imports.ts";
import type { Reply } from "../../../functions/request.ts";
import { page } from "../../document.tsx";
import { App, Crumbs, Head } from "../../parts/frame.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { mayEdit } from "../../ports.ts";
import { zoneName } from "../../streams.ts";
import type { Visit } from "../../visit.ts";

/** One import, as each of its pages has it. @throws import_unknown */
export const shownImport = ({ ports, path }: Visit): Promise<ImportView> =>
  findImport(ports, path["import"]!);

export const addressOf = (name: string, rest = ""): string => `/imports/${name}${rest}`;

/** The frame of an import's pages.
 *  @param props.way from the import to what is here */
export function importPage(
  { person, waits }: Visit,
  one: ImportView,
  props: {
    tab: string;
    here?: string;
    title?: ComponentChildren;
    sentence: ComponentChildren;
    actions?: ComponentChildren;
    status?: number;
    children: ComponentChildren;
  },
): Reply {
  const { tab, here } = props;
  const href = addressOf(one.name);
  const tabs = [
    { href, title: "Files" },
    { href: `${href}/days`, title: "Days" },
    { href: `${href}/links`, title: "Links" },
    { href: `${href}/connection`, title: "Connection" },
    ...(mayEdit(person) ? [{ href: `${href}/settings`, title: "Settings" }] : []),
  ];
  return page(
    `${one.name}: ${here ?? tab}`,
    <App person={person} waits={waits} section="imports">
      <Crumbs
        way={[
          { href: "/imports", title: "Imports" },
          ...(here === undefined && tab === "Files" ? [] : [{ href, title: one.name }]),
        ]}
        here={here ?? (tab === "Files" ? one.name : tab)}
      />
      <Head title={props.title ?? one.name} sentence={props.sentence} actions={props.actions} />
      <Tabs of="Import" here={tab} tabs={tabs} />
      <div class="stack wide">
        {props.children}
        <p class="hint">Times are {zoneName(one.zone)}.</p>
      </div>
    </App>,
    props.status,
  );
}
