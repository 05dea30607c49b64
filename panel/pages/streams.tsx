import type { StreamActivity } from "../../functions/activity/read.ts";
import { demoIn } from "../../functions/demo/demo.ts";
import { exampleStreamId } from "../../functions/streams/example.ts";
import type { Depth } from "../../functions/queue.ts";
import type { Reply } from "../../functions/request.ts";
import { page } from "../document.tsx";
import { Bars, BarsKey } from "../parts/bars.tsx";
import { arrivedAt, Health } from "../parts/health.tsx";
import { App, Head } from "../parts/frame.tsx";
import { Line } from "../parts/notes.tsx";
import { Pages } from "../parts/pages.tsx";
import { Column, Table } from "../parts/table.tsx";
import { Breakable, Count, count, counted, Time } from "../parts/text.tsx";
import {
  knownStreams,
  needsSomebody,
  lookAtStreams,
  type KnownStream,
  type ShownStream,
  zoneName,
  zoneOf,
} from "../streams.ts";
import { mayEdit } from "../ports.ts";
import type { Visit } from "../visit.ts";
import { DemoIsThere, DemoOffered, LoadDemo } from "./demo.tsx";
import { NoStreams } from "./streams-empty.tsx";

const perPage = 50;
const add = (
  <a class="btn primary" href="/streams/new">
    Add data stream
  </a>
);

/** All streams: does data arrive? */
export async function streamsPage(visit: Visit): Promise<Reply> {
  const { ports, person, query, now } = visit;
  const { all, known } = await knownStreams(visit);
  if (known.length === 0)
    return page(
      "Data streams",
      <App person={person} waits={visit.waits} section="streams">
        <Head title="Data streams" />
        <NoStreams
          add={mayEdit(person) ? add : undefined}
          demo={ports.dropDataset !== undefined && mayEdit(person) ? <LoadDemo /> : undefined}
          collectUrl={ports.collectUrl}
        />
      </App>,
    );
  const filter = { q: query.get("q") ?? "", state: query.get("state") ?? "" };
  const matching = known.filter((one) => matches(one, filter));
  const pages = Math.max(1, Math.ceil(matching.length / perPage));
  const number = Math.min(pages, Math.max(1, Math.trunc(Number(query.get("page"))) || 1));
  const onPage = matching.slice((number - 1) * perPage, number * perPage);
  const [shown, depth] = await Promise.all([
    lookAtStreams(ports, onPage, all),
    ports.backlog.depth().catch((): Depth => ({})),
  ]);
  const zone = zoneOf(onPage);
  return page(
    "Data streams",
    <App person={person} waits={visit.waits} section="streams">
      <Head
        title="Data streams"
        actions={mayEdit(person) ? add : undefined}
        sentence={<Sentence known={known} zone={zone} now={now} />}
      />
      <div class="stack">
        {demoIn(all).length > 0 ? (
          <DemoIsThere mayRemove={ports.dropDataset !== undefined && mayEdit(person)} />
        ) : (
          ports.dropDataset !== undefined && mayEdit(person) && known.every(isExample) && <DemoOffered />
        )}
        <Filter {...filter} known={known} />
        {onPage.length === 0 ? (
          <Line
            action={
              <a class="btn small" href="/streams">
                Clear filters
              </a>
            }
          >
            No stream matches.
          </Line>
        ) : (
          <List shown={shown} zone={zone} now={now} />
        )}
        <div class="under">
          <p>
            {counted(matching.length, "stream")}. Counts are about right, as of{" "}
            <Time at={now} zone={zone} now={now} />, without tests. Times are {zoneName(zone)}.
            <Waits depth={depth} /> <a href="/feeds">JSON feeds</a> are listed apart.
          </p>
          <BarsKey />
          <Pages
            number={number}
            last={pages}
            href={(to) => `/streams?${new URLSearchParams({ ...filter, page: String(to) })}`}
          />
        </div>
      </div>
    </App>,
  );
}

/** The stream that every new machine has. */
const isExample = ({ reading }: KnownStream): boolean => reading.id === exampleStreamId;

const states = {
  attention: "Needs attention",
  active: "Active",
  paused: "Paused",
  closed: "Closed",
} as const;

function isIn(known: KnownStream, state: string): boolean {
  if (state === "attention") return needsSomebody(known);
  const { lookup } = known.reading;
  return state === (lookup.kind === "valid" ? lookup.stream.state : lookup.state);
}

function matches(known: KnownStream, { q, state }: { q: string; state: string }): boolean {
  const text = `${known.name}\n${known.table}`.toLowerCase();
  return text.includes(q.trim().toLowerCase()) && (!(state in states) || isIn(known, state));
}

function Sentence({ known, zone, now }: { known: readonly KnownStream[]; zone: string; now: number }) {
  const odd = known.filter(needsSomebody).length;
  const checked = (
    <>
      Checked <Time at={now} zone={zone} now={now} />.
    </>
  );
  if (known.some(({ waiting }) => waiting === undefined))
    return <>Whether dead letters wait could not be told just now. {checked}</>;
  if (odd === 0)
    return (
      <>
        {known.length === 1
          ? "The stream needs no attention."
          : `None of ${count(known.length)} streams needs attention.`}{" "}
        {checked}
      </>
    );
  return (
    <>
      {count(odd)} of {counted(known.length, "stream")} {odd === 1 ? "needs" : "need"} attention. {checked}
    </>
  );
}

function Filter({ q, state, known }: { q: string; state: string; known: readonly KnownStream[] }) {
  return (
    <form class="filter" role="search" aria-label="Filter streams" action="/streams">
      <div class="field grow">
        <label for="q">Name or table</label>
        <input id="q" name="q" type="search" autocomplete="off" value={q} />
      </div>
      <div class="field">
        <label for="state">State</label>
        <select id="state" name="state">
          <option value="">Any</option>
          {Object.entries(states).map(([value, title]) => (
            <option key={value} value={value} selected={value === state}>
              {title} ({count(known.filter((one) => isIn(one, value)).length)})
            </option>
          ))}
        </select>
      </div>
      <button type="submit" class="btn">
        Filter
      </button>
    </form>
  );
}

function List({ shown, zone, now }: { shown: readonly ShownStream[]; zone: string; now: number }) {
  return (
    <Table
      id="streams"
      kind="cards"
      caption="Data streams, those that need attention first"
      head={
        <>
          <Column>Stream</Column>
          <Column>Health</Column>
          <Column>Last hit</Column>
          <Column class="n">Hits today</Column>
          <Column class="w2">14 days</Column>
          <Column class="n w3">Refused today</Column>
          <Column class="n">Dead letters</Column>
        </>
      }
    >
      {shown.map((one) => (
        <Row key={one.reading.id} shown={one} zone={zone} now={now} />
      ))}
    </Table>
  );
}

function Row({ shown, zone, now }: { shown: ShownStream; zone: string; now: number }) {
  const { name, table, waiting, activity, view } = shown;
  const arrived = arrivedAt(shown);
  const kind = needsSomebody(shown) ? "bad" : view.state === "active" ? undefined : "off";
  return (
    <tr class={kind}>
      <th scope="row">
        <a class="thing" href={`/streams/${encodeURIComponent(shown.reading.id)}`}>
          {name}
        </a>{" "}
        <small class="mono">
          <Breakable text={table} />
        </small>
      </th>
      <td>
        <Health shown={shown} zone={zone} now={now} />
      </td>
      <td class="t" data-label="Last hit">
        {typeof arrived === "string" ? (
          <span class="none">not known</span>
        ) : arrived.lastAt === undefined ? (
          <span class="none">none in 14 days</span>
        ) : (
          <Time at={arrived.lastAt} zone={zone} now={now} />
        )}
      </td>
      {typeof activity === "string" ? <Unknown /> : <Arrived shown={shown} activity={activity} />}
      <td class="n" data-label="Dead letters">
        {waiting === undefined ? (
          <span class="none">not known</span>
        ) : (
          <Leading to={problemsOf(shown)} count={waiting === "none" ? 0 : waiting.count} />
        )}
      </td>
    </tr>
  );
}

function Arrived({ shown, activity }: { shown: ShownStream; activity: StreamActivity }) {
  const { today, week_ago, days } = activity;
  const bars = days.map(({ date, hits = 0, refused = 0 }) => ({ date, hits, refused }));
  return (
    <>
      <td class="n" data-label="Hits today">
        <Count of={today.hits ?? 0} /> <small>{count(week_ago.hits)} a week ago by now</small>
      </td>
      <td class="w2">
        <Bars of={shown.name} bars={bars} />
      </td>
      <td class="n w3">
        <Leading to={`${problemsOf(shown)}#refused`} count={today.refused ?? 0} />
      </td>
    </>
  );
}

function Unknown() {
  return (
    <>
      <td class="n" data-label="Hits today">
        <span class="none">not known</span>
      </td>
      <td class="w2">
        <span class="none">not known</span>
      </td>
      <td class="n w3">
        <span class="none">not known</span>
      </td>
    </>
  );
}

const problemsOf = ({ reading }: ShownStream): string =>
  `/streams/${encodeURIComponent(reading.id)}/problems`;

/** A count that has a list behind it leads there. */
function Leading({ to, count: many }: { to: string; count: number }) {
  return many === 0 ? <Count of={0} /> : <a href={to}>{count(many)}</a>;
}

function Waits({ depth: { waiting } }: { depth: Depth }) {
  if (waiting === undefined) return null;
  return (
    <>
      {" "}
      {waiting === 0 ? "No hit waits" : `${counted(waiting, "hit")} ${waiting === 1 ? "waits" : "wait"}`} in
      the queue.
    </>
  );
}
