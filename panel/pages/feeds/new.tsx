import { addFeed } from "../../../functions/feeds/registered/feeds.ts";
import type { FieldFault } from "../../../functions/import/registered/given.ts";
import { notHere } from "../../../functions/problems.ts";
import type { Reply } from "../../../functions/request.ts";
import { page, seeOther } from "../../document.tsx";
import { App, Crumbs, Head } from "../../parts/frame.tsx";
import { Summary } from "../../parts/notes.tsx";
import { formOf, type Visit } from "../../visit.ts";
import { feedFaults, feedFormOf, FeedFieldset, givenBy, type FeedForm } from "./fields.tsx";

/** The page on which a JSON feed is added. */
export async function newFeedPage(visit: Visit): Promise<Reply> {
  return draw(visit, feedFormOf(visit.query));
}

/** From then on it is fetched. */
export async function saveNewFeed(visit: Visit): Promise<Reply> {
  const { feedAsked } = visit.ports;
  if (feedAsked === undefined)
    throw notHere({ what: "A JSON feed", instead: "have a scheduled job send its records as hits" });
  const form = feedFormOf(await formOf(visit));
  try {
    await addFeed(visit.ports, visit.person, { name: form.name, ...givenBy(form) });
  } catch (error) {
    return draw(visit, form, feedFaults(error), 422);
  }
  await feedAsked();
  return seeOther(`/feeds/${form.name}?saved=new`);
}

function draw(visit: Visit, form: FeedForm, faults: readonly FieldFault[] = [], status = 200): Reply {
  const title = "Add JSON feed";
  return page(
    faults.length > 0 ? `${title}: not saved` : title,
    <App person={visit.person} waits={visit.waits} section="streams">
      <Crumbs
        way={[
          { href: "/streams", title: "Data streams" },
          { href: "/feeds", title: "JSON feeds" },
        ]}
        here={title}
      />
      <Head
        title={title}
        sentence="Your CRM shows its records at an address, one JSON object a line. They are fetched each day into a table of their own."
      />
      <form class="stack wide" method="post" action="/feeds/new">
        {faults.length > 0 && <Summary isShownFirst title="The feed was not saved." faults={faults} />}
        <div class="form">
          <FeedFieldset form={form} faults={faults} now={visit.now} isNew hasPassword={false} />
          <div class="actions row">
            <button type="submit" class="btn primary">
              Save
            </button>
            <a class="btn plain" href="/feeds">
              Cancel
            </a>
          </div>
        </div>
      </form>
    </App>,
    status,
  );
}
