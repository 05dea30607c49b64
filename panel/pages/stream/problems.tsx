import { reasons } from "../../../functions/letters/letter.ts";
import { type Meant, startJob } from "../../../functions/letters/job.ts";
import { waitingByReason } from "../../../functions/letters/waiting.ts";
import { isDay } from "../../../functions/streams/calendar.ts";
import { catalogue } from "../../../functions/problems.ts";
import type { Reply } from "../../../functions/request.ts";
import { streamRef } from "../../../functions/stream-ref.ts";
import { seeOther } from "../../document.tsx";
import { Line, Refusal } from "../../parts/notes.tsx";
import { Column, Table } from "../../parts/table.tsx";
import { Count, ofDays } from "../../parts/text.tsx";
import type { ShownStream } from "../../streams.ts";
import { mayEdit } from "../../ports.ts";
import { formOf, type Visit } from "../../visit.ts";
import { Jobs, jobsOf, soonEnded } from "./jobs.tsx";
import { addressOf, DaysFilter, Discarding, Letters, noteMax, Replaying, type Days } from "./letters.tsx";
import { clockOf, shownStream, streamPage } from "./page.tsx";

/** What was stored and could not be written, by reason, and what was refused. */
export async function problemsPage(visit: Visit): Promise<Reply> {
  const shown = await shownStream(visit);
  const { id } = shown.reading;
  const { query, now } = visit;
  const days = daysIn(query);
  const [groups, jobs] = await Promise.all([
    waitingByReason(visit.ports, { stream_ref: streamRef(id), ...days }, visit.person),
    jobsOf(visit, id),
  ]);
  const asked = (name: string) =>
    mayEdit(visit.person) ? groups.find(({ reason }) => reason === query.get(name)) : undefined;
  const [toReplay, toDiscard] = [asked("replay"), asked("discard")];
  const hasDays = Object.keys(days).length > 0;
  return streamPage(visit, shown, {
    here: "Problems",
    children: (
      <>
        {query.get("note") === "missing" && (
          <Refusal>Nothing was discarded: write why, in 1 to {noteMax} characters.</Refusal>
        )}
        <Jobs id={id} jobs={jobs} zone={clockOf(shown)} now={now} mayStop={mayEdit(visit.person)} />
        {toReplay !== undefined && <Replaying id={id} group={toReplay} days={days} now={now} />}
        {toDiscard !== undefined && <Discarding id={id} group={toDiscard} days={days} now={now} />}
        {(groups.length > 0 || hasDays) && <DaysFilter id={id} days={days} />}
        {groups.length === 0 && hasDays && (
          <Line action={<a href={addressOf(id, {})}>All days</a>}>
            No dead letter{ofDays(days, now)} waits.
          </Line>
        )}
        {groups.length === 0 && !hasDays && (
          <Line tone="ok">No dead letter waits. Every hit that was stored is a row, or on its way.</Line>
        )}
        {groups.length > 0 && (
          <Letters shown={shown} groups={groups} days={days} now={now} mayAct={mayEdit(visit.person)} />
        )}
        <Refused shown={shown} />
      </>
    ),
  });
}

/** What is no day is not meant; days in the wrong order are what lies between them. */
function daysIn(given: URLSearchParams): Days {
  const [since, until] = ["since", "until"].map((name) => given.get(name) ?? "");
  const known = [since!, until!].map((day) => (isDay(day) ? day : undefined));
  if (known[0] !== undefined && known[1] !== undefined) known.sort();
  return {
    ...(known[0] !== undefined && { since: known[0] }),
    ...(known[1] !== undefined && { until: known[1] }),
  };
}

/** Begins to send dead letters on their way again. */
export async function replayLetters(visit: Visit): Promise<Reply> {
  const form = await formOf(visit);
  const { reading } = await shownStream(visit);
  return begun(visit, reading.id, { what: "replay", ...chosenIn(form, reading.id) });
}

/** Begins to give up on dead letters, with a note that says why. */
export async function discardLetters(visit: Visit): Promise<Reply> {
  const form = await formOf(visit);
  const { reading } = await shownStream(visit);
  const note = (form.get("note") ?? "").trim();
  if (note === "" || note.length > noteMax) {
    const again = { ...daysIn(form), discard: form.get("reason") ?? "", note: "missing" };
    return seeOther(`${addressOf(reading.id, again)}#note`);
  }
  return begun(visit, reading.id, { what: "discard", note, ...chosenIn(form, reading.id) });
}

async function begun({ ports, person }: Visit, id: string, meant: Meant): Promise<Reply> {
  const job = await soonEnded(ports, await startJob(ports, meant, person));
  return seeOther(addressOf(id, { job: job.id }));
}

/** Letters of this stream alone, whatever the form says. */
function chosenIn(form: URLSearchParams, streamId: string) {
  const reason = reasons.find((known) => known === form.get("reason"));
  return { stream_ref: streamRef(streamId), ...(reason !== undefined && { reason }), ...daysIn(form) };
}

function Refused({ shown: { activity } }: { shown: ShownStream }) {
  if (typeof activity === "string") return <Line tone="warn">{activity}</Line>;
  const found = Object.entries(activity.today.refused_reasons).sort(([, a], [, b]) => b - a);
  if (found.length === 0) return <Line>No request of this stream was refused today.</Line>;
  return (
    <Table
      id="refused"
      kind="cards"
      isTitled
      caption={
        <>
          Refused requests by reason <small>about, of today; they were not stored</small>
        </>
      }
      head={
        <>
          <Column>Reason</Column>
          <Column class="n">Requests</Column>
        </>
      }
    >
      {found.map(([code, many]) => (
        <tr key={code}>
          <th scope="row">
            <strong>{catalogue.get(code)?.title ?? code}</strong> <small class="mono">{code}</small>
          </th>
          <td class="n" data-label="Requests">
            <Count of={many} />
          </td>
        </tr>
      ))}
    </Table>
  );
}
