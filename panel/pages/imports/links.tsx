import { daysBefore } from "../../../functions/import/fields/date.ts";
import {
  askLinks,
  linkedEventsCsv,
  showLinkedEvents,
  showLinks,
} from "../../../functions/import/links/asked.ts";
import { type LinkState, linkStates } from "../../../functions/import/links/one-by-one/events.ts";
import type { LinkReport } from "../../../functions/import/links/report.ts";
import { type LinkReason, linkReasons } from "../../../functions/import/links/settings.ts";
import { ifThere } from "../../../functions/import/load/files.ts";
import type { ImportView } from "../../../functions/import/registered/imports.ts";
import type { Reply } from "../../../functions/request.ts";
import { calendarOf, isDay } from "../../../functions/streams/calendar.ts";
import { seeOther } from "../../document.tsx";
import { CopyLine } from "../../parts/code.tsx";
import { LinkChart, percent } from "../../parts/imports/link-chart.tsx";
import { Line } from "../../parts/notes.tsx";
import { count } from "../../parts/text.tsx";
import { mayEdit } from "../../ports.ts";
import { formOf, type Visit } from "../../visit.ts";
import { LinkedEvents, Reasons, Shares, WithoutId } from "./links-tables.tsx";
import { addressOf, importPage, shownImport } from "./page.tsx";

const usualDays = 14;
const daysMax = 400;
const eventsShown = 50;
const offsetMax = 1_000_000;

/** Which events of an import are linked to web events, and why the others are not. */
export async function linksPage(visit: Visit): Promise<Reply> {
  const one = await shownImport(visit);
  const { ports, person } = visit;
  const asked = askedIn(visit.query, one, visit.now);
  const { first, last } = asked;
  // Before anything was linked there is no view.
  const report = await ifThere(showLinks(ports, one.name, { first, last }));
  const at = addressOf(one.name, "/links");
  const to = (more: Record<string, string>) => `${at}?${new URLSearchParams({ first, last, ...more })}`;
  return importPage(visit, one, {
    tab: "Links",
    sentence: sentenceOf(report),
    actions: (
      <>
        {report !== undefined && report.unlinked > 0 && person.seesPayloads && (
          <a class="btn" href={`${at}/unlinked?${new URLSearchParams({ first, last })}`}>
            Download unlinked
          </a>
        )}
        {mayEdit(person) && one.web_events !== undefined && <Again at={at} first={first} last={last} />}
      </>
    ),
    children: (
      <>
        <DaysFilter at={at} first={first} last={last} />
        {visit.query.has("changed") && (
          <Line tone="ok" isStatus>
            <strong>Linked again.</strong> {count(Number(visit.query.get("changed")) || 0)} links are others
            now.
          </Line>
        )}
        {one.web_events === undefined && <WhereWebEventsAre name={one.name} />}
        {report === undefined ? (
          <Line>Nothing was linked yet.</Line>
        ) : report.events === 0 ? (
          <Line>No event has a date of these days.</Line>
        ) : (
          <>
            {await listed(visit, one, asked, to)}
            <div class="half">
              <LinkChart days={report.by_date.toReversed()} />
              <Reasons
                reasons={report.reasons}
                seesPayloads={person.seesPayloads}
                to={(one) => to({ reason: one })}
              />
            </div>
            <WithoutId webEvents={report.web_events} />
            <Shares report={report} />
          </>
        )}
      </>
    ),
  });
}

/** The events of a state or a reason; nothing where nobody asks for one. */
async function listed(
  { ports, person }: Visit,
  one: ImportView,
  { first, last, state, reason, offset }: ReturnType<typeof askedIn>,
  to: (more: Record<string, string>) => string,
) {
  if (state === undefined && reason === undefined) return null;
  const which = { ...(state && { state }), ...(reason && { reason }) };
  const events = person.seesPayloads
    ? await showLinkedEvents(
        ports,
        { importId: one.name, first, last, ...which },
        { limit: eventsShown + 1, offset },
      )
    : [];
  return (
    <LinkedEvents
      events={events.slice(0, eventsShown)}
      seesPayloads={person.seesPayloads}
      close={to({})}
      what={reason ?? state ?? ""}
      {...(offset > 0 && { back: to({ ...which, offset: String(Math.max(0, offset - eventsShown)) }) })}
      {...(events.length > eventsShown && { on: to({ ...which, offset: String(offset + eventsShown) }) })}
    />
  );
}

/** Reads the web events of these days anew, and looks at all events again. */
export async function linkAgain(visit: Visit): Promise<Reply> {
  const one = await shownImport(visit);
  const { first, last } = askedIn(await formOf(visit), one, visit.now);
  const { changed } = await askLinks(visit.ports, visit.person, one.name, { first, last, all: true });
  const query = new URLSearchParams({ first, last, changed: String(changed) });
  return seeOther(`${addressOf(one.name, "/links")}?${query}`);
}

/** Events that are not linked and will not be by waiting, as a file. */
export async function downloadUnlinked(visit: Visit): Promise<Reply> {
  const one = await shownImport(visit);
  const { first, last } = askedIn(visit.query, one, visit.now);
  return {
    status: 200,
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="${one.name}.unlinked.csv"`,
      "cache-control": "no-store",
    },
    body: await linkedEventsCsv(visit.ports, { importId: one.name, first, last, state: "unlinked" }),
  };
}

/** What is no day is not meant; days in the wrong order are what lies between them. */
function askedIn(given: URLSearchParams, one: ImportView, now: number) {
  const today = calendarOf(one.zone)!(now);
  const day = (name: string) => (isDay(given.get(name) ?? "") ? given.get(name)! : undefined);
  const last = day("last") ?? today;
  const [from, to] = [day("first") ?? daysBefore(last, usualDays - 1), last].sort() as [string, string];
  const earliest = daysBefore(to, daysMax - 1);
  const offset = /^\d{1,7}$/.test(given.get("offset") ?? "") ? Number(given.get("offset")) : 0;
  return {
    first: from < earliest ? earliest : from,
    last: to > today ? today : to,
    state: linkStates.find((known): known is LinkState => known === given.get("state")),
    reason: linkReasons.find((known): known is LinkReason => known === given.get("reason")),
    offset: Math.min(offset, offsetMax),
  };
}

function sentenceOf(report: LinkReport | undefined): string {
  if (report === undefined || report.events === 0) return "Which events belong to which web event.";
  const { events, linked, waiting } = report;
  const decided = events - waiting;
  const waits = waiting === 0 ? "" : ` ${count(waiting)} more wait for web data; waiting is not a failure.`;
  if (decided === 0) return `No event is decided yet.${waits}`;
  return `${percent(linked, decided)}\u00a0% of the events that are decided are linked.${waits}`;
}

function Again({ at, first, last }: { at: string; first: string; last: string }) {
  return (
    <form method="post" action={at}>
      <input type="hidden" name="first" value={first} />
      <input type="hidden" name="last" value={last} />
      <button type="submit" class="btn">
        Link again for these dates
      </button>
    </form>
  );
}

function DaysFilter({ at, first, last }: { at: string; first: string; last: string }) {
  return (
    <form class="filter" role="search" aria-label="Dates" action={at}>
      <div class="field">
        <label for="first">From</label>
        <input id="first" name="first" type="date" value={first} />
      </div>
      <div class="field">
        <label for="last">To</label>
        <input id="last" name="last" type="date" value={last} />
      </div>
      <button type="submit" class="btn">
        Show
      </button>
    </form>
  );
}

/** Said once by the command line or the API; then links are made by themselves. */
function WhereWebEventsAre({ name }: { name: string }) {
  return (
    <div class="stack">
      <p>
        Say once where the web events are: any table or view whose columns are named. Then its events are
        linked by themselves.
      </p>
      <CopyLine
        id="web-events"
        what="command"
        text={`npx afterclick imports link ${name} --keep --table site.events --ev name --transaction-id order_id --time at --web-event-id id`}
      />
    </div>
  );
}
