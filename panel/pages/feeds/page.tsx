import { askNow, takeAlthough } from "../../../functions/feeds/fetches/asked.ts";
import type { Fetch } from "../../../functions/feeds/fetches/state.ts";
import { changeFeed, demandUsable, removeFeed } from "../../../functions/feeds/registered/feeds.ts";
import { type FeedView, viewFeed } from "../../../functions/feeds/view.ts";
import type { FieldFault } from "../../../functions/import/registered/given.ts";
import { notHere } from "../../../functions/problems.ts";
import type { Reply } from "../../../functions/request.ts";
import { page, seeOther } from "../../document.tsx";
import { App, Crumbs, Head } from "../../parts/frame.tsx";
import { Callout, Line, Summary } from "../../parts/notes.tsx";
import { Column, Table } from "../../parts/table.tsx";
import { Breakable, Count, Time } from "../../parts/text.tsx";
import { mayEdit } from "../../ports.ts";
import { zoneName } from "../../streams.ts";
import { formOf, type Visit } from "../../visit.ts";
import { FetchBadge, fetchSentence } from "./fetches.tsx";
import { feedFaults, feedFormOf, FeedFieldset, givenBy, type FeedForm } from "./fields.tsx";

/** One JSON feed: what became of its fetches, its columns, and what is set on it. */
export async function feedPage(visit: Visit): Promise<Reply> {
  const feed = await viewFeed(visit.ports, nameOf(visit));
  return draw(visit, feed, { form: feedFormOf(new URLSearchParams(), feed) });
}

/** The next fetch goes by it. */
export async function saveFeed(visit: Visit): Promise<Reply> {
  const feed = await viewFeed(visit.ports, nameOf(visit));
  const form = feedFormOf(await formOf(visit), feed);
  try {
    await changeFeed(visit.ports, visit.person, feed.name, givenBy(form));
  } catch (error) {
    return draw(visit, feed, { form, faults: feedFaults(error) }, 422);
  }
  return seeOther(`${addressOf(feed.name)}?saved=1`);
}

export async function fetchFeedNow(visit: Visit): Promise<Reply> {
  const { ports, person } = visit;
  const feed = await demandUsable(ports, nameOf(visit));
  await askNow(asking(visit), person, feed, undefined);
  return seeOther(`${addressOf(feed.name)}?saved=fetch`);
}

export async function takeFeedAlthough(visit: Visit): Promise<Reply> {
  const { ports, person } = visit;
  const feed = await demandUsable(ports, nameOf(visit));
  await takeAlthough(asking(visit), person, feed);
  return seeOther(`${addressOf(feed.name)}?saved=fetch`);
}

export async function endFeed(visit: Visit): Promise<Reply> {
  await removeFeed(visit.ports, visit.person, nameOf(visit));
  return seeOther("/feeds");
}

function asking({ ports }: Visit) {
  const { feedAsked } = ports;
  if (feedAsked === undefined)
    throw notHere({ what: "A JSON feed", instead: "have a scheduled job send its records as hits" });
  return { ...ports, feedAsked };
}

const nameOf = ({ path }: Visit): string => path["feed"]!;
const addressOf = (name: string): string => `/feeds/${encodeURIComponent(name)}`;

const saved: Record<string, string> = {
  new: "It is fetched from now on.",
  "1": "The next fetch goes by it.",
  fetch: "It is fetched now. Look again in a moment.",
};

interface Drawn {
  readonly form: FeedForm;
  readonly faults?: readonly FieldFault[];
}

function draw(visit: Visit, feed: FeedView, { form, faults = [] }: Drawn, status = 200): Reply {
  const { person, waits, query, now } = visit;
  const { name, table = "no table", zone = "UTC", problems, waiting } = feed;
  const said = faults.length === 0 ? saved[query.get("saved") ?? ""] : undefined;
  return page(
    faults.length > 0 ? `${name}: not saved` : name,
    <App person={person} waits={waits} section="streams">
      <Crumbs
        way={[
          { href: "/streams", title: "Data streams" },
          { href: "/feeds", title: "JSON feeds" },
        ]}
        here={name}
      />
      <Head
        title={<Breakable text={name} />}
        sentence={
          <>
            {feed.partitioned === true ? "Fetched day by day" : "Fetched as a whole, once a day,"} into{" "}
            {table}.
          </>
        }
        actions={mayEdit(person) && problems.length === 0 && <Fetching name={name} />}
      />
      <div class="stack wide">
        {said !== undefined && (
          <Line tone="ok" isStatus>
            <strong>{query.get("saved") === "fetch" ? "Asked for." : "Saved."}</strong> {said}
          </Line>
        )}
        {problems.length > 0 && (
          <Callout tone="bad">
            <p>Its document cannot be used, and it is not fetched: {problems.join("; ")}.</p>
          </Callout>
        )}
        {waiting.length > 0 && <Shrunk name={name} mayTake={mayEdit(person)} />}
        <Fetches fetches={feed.fetches} zone={zone} now={now} />
        <Columns feed={feed} />
        {mayEdit(person) && problems.length === 0 && (
          <Settings visit={visit} feed={feed} form={form} faults={faults} />
        )}
        <p class="hint">Times are {zoneName(zone)}.</p>
      </div>
    </App>,
    status,
  );
}

function Fetching({ name }: { name: string }) {
  return (
    <form method="post" action={`${addressOf(name)}/fetch`}>
      <button type="submit" class="btn primary">
        Fetch now
      </button>
    </form>
  );
}

function Shrunk({ name, mayTake }: { name: string; mayTake: boolean }) {
  return (
    <Callout tone="warn">
      <p>
        What came last has fewer than half of the records. The table stays as it was until somebody says that
        this is right.
      </p>
      {mayTake && (
        <form method="post" action={`${addressOf(name)}/take`}>
          <button type="submit" class="btn small">
            Take it although it shrank
          </button>
        </form>
      )}
    </Callout>
  );
}

function Fetches({ fetches, zone, now }: { fetches: readonly Fetch[]; zone: string; now: number }) {
  if (fetches.length === 0) return <Line>It was not fetched yet.</Line>;
  return (
    <Table
      id="fetches"
      kind="cards"
      caption="Fetches, the newest first"
      isTitled
      head={
        <>
          <Column>Fetched</Column>
          <Column>Day</Column>
          <Column>What became of it</Column>
          <Column class="n">Records</Column>
        </>
      }
    >
      {fetches.map((fetch, index) => (
        <tr key={index} class={fetch.state === "failed" ? "bad" : undefined}>
          <th scope="row" class="t">
            <Time at={fetch.at} zone={zone} now={now} />
          </th>
          <td data-label="Day">{fetch.day ?? "all"}</td>
          <td>
            <FetchBadge state={fetch.state} /> <small>{fetchSentence(fetch)}</small>
          </td>
          <td class="n" data-label="Records">
            {fetch.rows === undefined ? <span class="none">none</span> : <Count of={fetch.rows} />}
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Columns({ feed: { columns = [], partitioned } }: { feed: FeedView }) {
  if (columns.length === 0) return null;
  return (
    <Table
      id="columns"
      caption={partitioned === true ? "Columns, behind feed_date" : "Columns"}
      isTitled
      head={
        <>
          <Column>Column</Column>
          <Column>Type</Column>
          <Column>Field</Column>
        </>
      }
    >
      {columns.map(({ column, type, field }) => (
        <tr key={column}>
          <th scope="row">
            <Breakable text={column} />
          </th>
          <td>{type}</td>
          <td>
            <Breakable text={field} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Settings(props: { visit: Visit; feed: FeedView; form: FeedForm; faults: readonly FieldFault[] }) {
  const { visit, feed, form, faults } = props;
  return (
    <details open={faults.length > 0}>
      <summary>Settings</summary>
      <form class="form" method="post" action={addressOf(feed.name)}>
        {faults.length > 0 && <Summary isShownFirst title="Nothing was saved." faults={faults} />}
        <FeedFieldset
          form={form}
          faults={faults}
          now={visit.now}
          isNew={false}
          hasPassword={feed.secret !== undefined}
        />
        <div class="actions row">
          <button type="submit" class="btn primary">
            Save
          </button>
        </div>
      </form>
      <form method="post" action={`${addressOf(feed.name)}/remove`}>
        <p class="hint">It is fetched no more, and its table stays.</p>
        <button type="submit" class="btn danger">
          End this feed
        </button>
      </form>
    </details>
  );
}
