import { type DemoPorts, makeDemo, removeDemo } from "../../functions/demo/demo.ts";
import { notHere } from "../../functions/problems.ts";
import type { Reply } from "../../functions/request.ts";
import { seeOther } from "../document.tsx";
import { Line } from "../parts/notes.tsx";
import { formOf, type Visit } from "../visit.ts";

/** Made-up streams to look around with, on a machine of one's own. */
export async function makeDemoStreams(visit: Visit): Promise<Reply> {
  await formOf(visit);
  await makeDemo(demoPorts(visit), visit.person);
  return seeOther("/streams");
}

export async function removeDemoStreams(visit: Visit): Promise<Reply> {
  await formOf(visit);
  await removeDemo(demoPorts(visit), visit.person);
  return seeOther("/streams");
}

function demoPorts({ ports: { dropDataset, ...ports } }: Visit): DemoPorts {
  if (dropDataset !== undefined) return { ...ports, dropDataset };
  throw notHere({ what: "The demo", instead: "try it on one machine, with npm start" });
}

/** Takes some seconds: the hits become rows first. */
export function LoadDemo() {
  return (
    <form method="post" action="/demo">
      <button class="btn" type="submit">
        Load demo data
      </button>
    </form>
  );
}

export function DemoIsThere({ mayRemove }: { mayRemove: boolean }) {
  return (
    <Line
      tone="info"
      {...(mayRemove && {
        action: (
          <form method="post" action="/demo/remove">
            <button class="btn small" type="submit">
              Remove demo data
            </button>
          </form>
        ),
      })}
    >
      “Demo orders” and “Demo leads” are made up, 14 days of them. The leads have no dataset to go to, so that
      there is something to look at under Problems.
    </Line>
  );
}

export function DemoOffered() {
  return (
    <Line action={<LoadDemo />}>
      Nothing of your own yet. Look around with 14 days of made-up orders; they can be removed as a whole.
    </Line>
  );
}
