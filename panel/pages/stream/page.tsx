import type { ComponentChildren } from "preact";
import { streamUnknown } from "../../../functions/problems.ts";
import type { Reply } from "../../../functions/request.ts";
import { findReading } from "../../../functions/streams/change.ts";
import { mayEdit } from "../../ports.ts";
import { page } from "../../document.tsx";
import { App, Crumbs, Head } from "../../parts/frame.tsx";
import { healthOf } from "../../parts/health.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { count } from "../../parts/text.tsx";
import { knownStreams, lookAtStream, type ShownStream, zoneName } from "../../streams.ts";
import type { Visit } from "../../visit.ts";

/** One stream, as each of its pages has it. @throws stream_unknown */
export async function shownStream(visit: Visit): Promise<ShownStream> {
  const { ports, path, now } = visit;
  const { all, known } = await knownStreams(visit);
  const { id } = findReading(all, path["id"]!);
  const one = known.find(({ reading }) => reading.id === id);
  // A removed one is closed for good; the API still shows it.
  if (one === undefined) throw streamUnknown();
  return lookAtStream(ports, one, all, now);
}

/** The clock that a stream's times are told by. */
export const clockOf = ({ stream }: Pick<ShownStream, "stream">): string => stream?.offset ?? "UTC";

function tabsOf({ ports, person }: Visit, { reading, waiting }: ShownStream) {
  const href = `/streams/${reading.id}`;
  const problems = { href: `${href}/problems`, title: "Problems" };
  return [
    { href, title: "Setup" },
    ...(ports.tail === undefined ? [] : [{ href: `${href}/live`, title: "Live" }]),
    typeof waiting === "object" ? { ...problems, count: count(waiting.count) } : problems,
    ...(mayEdit(person) ? [{ href: `${href}/settings`, title: "Settings" }] : []),
  ];
}

/** The frame of a stream's pages. */
export function streamPage(
  visit: Visit,
  shown: ShownStream,
  props: { here: string; status?: number; actions?: ComponentChildren; children: ComponentChildren },
): Reply {
  const { reading, name } = shown;
  const href = `/streams/${reading.id}`;
  const zone = clockOf(shown);
  const { badge, sentence } = healthOf(shown, zone, visit.now);
  return page(
    `${name}: ${props.here}`,
    <App person={visit.person} waits={visit.waits} section="streams">
      <Crumbs
        way={[
          { href: "/streams", title: "Data streams" },
          { href, title: name },
        ]}
        here={props.here}
      />
      <Head
        title={
          <>
            {name} {badge}
          </>
        }
        sentence={sentence}
        actions={props.actions}
      />
      <Tabs of="Stream" here={props.here} tabs={tabsOf(visit, shown)} />
      <div class="stack wide">
        {props.children}
        <p class="hint">Times are {zoneName(zone)}.</p>
      </div>
    </App>,
    props.status,
  );
}
