import { type FeedView, viewFeeds } from "../../../functions/feeds/view.ts";
import type { Reply } from "../../../functions/request.ts";
import { page } from "../../document.tsx";
import { App, Crumbs, Head } from "../../parts/frame.tsx";
import { Line } from "../../parts/notes.tsx";
import { Column, Table } from "../../parts/table.tsx";
import { Breakable, Count, Time } from "../../parts/text.tsx";
import { mayEdit } from "../../ports.ts";
import type { Visit } from "../../visit.ts";
import { FetchBadge, fetchSentence } from "./fetches.tsx";

/** All JSON feeds: were they fetched? */
export async function feedsPage(visit: Visit): Promise<Reply> {
  const { ports, person, waits, now } = visit;
  const feeds = await viewFeeds(ports);
  const add = mayEdit(person) && ports.feedAsked !== undefined && (
    <a class="btn primary" href="/feeds/new">
      Add JSON feed
    </a>
  );
  const title = "JSON feeds";
  return page(
    title,
    <App person={person} waits={waits} section="streams">
      <Crumbs way={[{ href: "/streams", title: "Data streams" }]} here={title} />
      <Head
        title={title}
        sentence="Addresses at which a CRM shows its records. Each is fetched once a day into a table of its own."
        actions={add}
      />
      <div class="stack">
        {feeds.length === 0 ? (
          <Line>
            No feed yet. Take one where somebody can write a page that lists orders, and nobody can call an
            address when one changes.
          </Line>
        ) : (
          <Table
            id="feeds"
            kind="cards"
            caption="JSON feeds, by name"
            head={
              <>
                <Column>Feed</Column>
                <Column>Last fetch</Column>
                <Column>When</Column>
                <Column class="n">Rows</Column>
              </>
            }
          >
            {feeds.map((feed) => (
              <Row key={feed.name} feed={feed} now={now} />
            ))}
          </Table>
        )}
      </div>
    </App>,
  );
}

function Row({ feed, now }: { feed: FeedView; now: number }) {
  const { name, table, zone = "UTC", problems, fetches } = feed;
  const [last] = fetches;
  return (
    <tr class={problems.length > 0 || (last !== undefined && last.state !== "taken") ? "bad" : undefined}>
      <th scope="row">
        <a class="thing" href={`/feeds/${encodeURIComponent(name)}`}>
          <Breakable text={name} />
        </a>{" "}
        <small>{table ?? "no table"}</small>
      </th>
      <td>
        {problems.length > 0 ? (
          `Its document cannot be used: ${problems.join("; ")}.`
        ) : last === undefined ? (
          <span class="none">Not yet</span>
        ) : (
          <>
            <FetchBadge state={last.state} /> <small>{fetchSentence(last)}</small>
          </>
        )}
      </td>
      <td class="t" data-label="When">
        {last === undefined ? <span class="none">never</span> : <Time at={last.at} zone={zone} now={now} />}
      </td>
      <td class="n" data-label="Rows">
        {last?.rows === undefined ? <span class="none">none</span> : <Count of={last.rows} />}
      </td>
    </tr>
  );
}
