import type { LinkedEvent } from "../../../functions/import/links/one-by-one/events.ts";
import type { LinkReport, Share, Unlinked } from "../../../functions/import/links/report.ts";
import type { LinkReason } from "../../../functions/import/links/settings.ts";
import { percent } from "../../parts/imports/link-chart.tsx";
import { Callout, Line } from "../../parts/notes.tsx";
import { BackAndOn } from "../../parts/pages.tsx";
import { Column, Table } from "../../parts/table.tsx";
import { Count, count } from "../../parts/text.tsx";

/** What the report on links says, table by table. */

const reasonWords: Record<LinkReason, [says: string, hint: string]> = {
  web_data_pending: ["Its web data is not there yet", "Wait, or look why it is late."],
  event_name_unknown: ["No such event name", "Correct reference_ev."],
  too_old: ["The web event is too old", "It is further back than is looked."],
  after_event_only: ["The web event came after it", "The import takes none of those."],
  too_late: ["The web event came too late", "It is further after it than is looked."],
  id_other_event: ["The id belongs to another event", "Add that name to reference_ev."],
  id_near: ["The id is nearly equal", "Send the id as it is there: matching is exact."],
  id_unknown: ["No web event has this id", "Look whether the web events carry a transaction_id."],
};

export function Reasons(props: {
  reasons: readonly Unlinked[];
  seesPayloads: boolean;
  to: (reason: LinkReason) => string;
}) {
  const { reasons, seesPayloads, to } = props;
  if (reasons.length === 0) return <Line tone="ok">Every event of these days is linked, or waits.</Line>;
  return (
    <Table
      id="reasons"
      kind="cards"
      isTitled
      caption="Why events are not linked"
      head={
        <>
          <Column>Reason</Column>
          <Column class="n">Events</Column>
          <Column>Example and hint</Column>
        </>
      }
    >
      {reasons.map(({ reason, events, examples }) => (
        <tr key={reason}>
          <th scope="row">
            {reasonWords[reason][0]} <small class="mono">{reason}</small>
          </th>
          <td class="n" data-label="Events">
            <a href={to(reason)}>{count(events)}</a>
          </td>
          <td>
            {seesPayloads &&
              examples.slice(0, 2).map(({ date, reference_id: id, says }) => (
                <>
                  <code>{id}</code> of {date}: {says}{" "}
                </>
              ))}
            {reasonWords[reason][1]}
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** A share that matters: from there on it is said at the top. */
const withoutIdShareMin = 0.05;

export function WithoutId({ webEvents }: { webEvents: LinkReport["web_events"] }) {
  const odd = webEvents.filter(({ events, without_id: without }) => without > events * withoutIdShareMin);
  if (odd.length === 0) return null;
  return (
    <Callout tone="warn">
      {odd.map(({ ev, events, without_id: without }) => (
        <p key={ev}>
          <strong>
            {percent(without, events)} % of <code>{ev}</code> web events carry no transaction_id.
          </strong>{" "}
          Those can never be linked. Fill it on the website, from today on.
        </p>
      ))}
    </Callout>
  );
}

export function Shares({ report }: { report: LinkReport }) {
  return (
    <div class="half">
      <ShareTable id="by-ev" title="By event" shares={report.by_ev} />
      <ShareTable id="by-reference" title="By reference event" shares={report.by_reference_ev} />
    </div>
  );
}

function ShareTable({ id, title, shares }: { id: string; title: string; shares: readonly Share[] }) {
  return (
    <Table
      id={id}
      kind="cards"
      isTitled
      caption={
        <>
          {title} <small>share of events that are decided</small>
        </>
      }
      head={
        <>
          <Column>Name</Column>
          <Column class="n">Events</Column>
          <Column class="n">Linked</Column>
          <Column class="n w2">Waiting</Column>
          <Column class="n w2">Unlinked</Column>
          <Column class="n w3">Several candidates</Column>
          <Column class="n">Value linked</Column>
        </>
      }
    >
      {shares.map((share) => (
        <tr key={share.name}>
          <th scope="row">
            <code>{share.name}</code>
          </th>
          <td class="n" data-label="Events">
            <Count of={share.events} />
          </td>
          <td class="n" data-label="Linked">
            {count(share.linked)} <small>{percent(share.linked, share.events - share.waiting)} %</small>
          </td>
          <td class="n w2">
            <Count of={share.waiting} />
          </td>
          <td class="n w2">
            <Count of={share.unlinked} />
          </td>
          <td class="n w3">
            <Count of={share.several} />
          </td>
          <td class="n" data-label="Value linked">
            {share.linked_value} <small>of {share.value}</small>
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** Both events of a row side by side. */
export function LinkedEvents(props: {
  events: readonly LinkedEvent[];
  seesPayloads: boolean;
  what: string;
  close: string;
  back?: string;
  on?: string;
}) {
  const { events, seesPayloads, what, close } = props;
  const way = (
    <a class="btn small" href={close}>
      Clear filters
    </a>
  );
  if (!seesPayloads)
    return (
      <Line tone="quiet" action={way}>
        You may not see payloads, so single events are not shown to you; an admin can allow it.
      </Line>
    );
  if (events.length === 0) return <Line action={way}>No event of these days is {what}.</Line>;
  return (
    <div class="stack">
      <Table
        id="events"
        kind="scroll"
        isTitled
        caption={
          <>
            Events and their web events <small>{what}</small>
          </>
        }
        head={
          <>
            <Column>Date</Column>
            <Column>Event</Column>
            <Column>reference_ev</Column>
            <Column>reference_id</Column>
            <Column class="n">Value</Column>
            <Column>Web event</Column>
            <Column>When</Column>
            <Column class="n">Days between</Column>
            <Column class="n">Candidates</Column>
            <Column>Nearest</Column>
          </>
        }
      >
        {events.map((event) => (
          <tr key={event.event_id}>
            <th scope="row" class="t">
              {event.date}
            </th>
            <td class="mono">{event.ev}</td>
            <td class="mono">{event.reference_ev}</td>
            <td class="mono">{event.reference_id}</td>
            <td class="n">{event.value ?? <span class="none">none</span>}</td>
            <td class="mono">
              {event.web_event_id === undefined ? (
                <span class="none">none</span>
              ) : (
                <>
                  {event.matched_ev} <small>{event.web_event_id}</small>
                </>
              )}
            </td>
            <td class="t">{event.web_event_time ?? <span class="none">unknown</span>}</td>
            <td class="n">{event.days_between ?? <span class="none">unknown</span>}</td>
            <td class="n">{event.candidate_count ?? <span class="none">unknown</span>}</td>
            <td class="mono">{event.suggestion ?? <span class="none">none</span>}</td>
          </tr>
        ))}
      </Table>
      <div class="under">
        {way}
        <BackAndOn
          words={["Previous", "Next"]}
          {...(props.back !== undefined && { back: props.back })}
          {...(props.on !== undefined && { on: props.on })}
        />
      </div>
    </div>
  );
}
