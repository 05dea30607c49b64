import { reasons } from "../../../functions/letters/letter.ts";
import { type Meant, startJob } from "../../../functions/letters/job.ts";
import { type WaitingGroup, waitingByReason } from "../../../functions/letters/waiting.ts";
import { catalogue } from "../../../functions/problems.ts";
import type { Reply } from "../../../functions/request.ts";
import { streamRef } from "../../../functions/stream-ref.ts";
import { seeOther } from "../../document.tsx";
import { Line } from "../../parts/notes.tsx";
import { Column, Table } from "../../parts/table.tsx";
import { Count, count, counted, Time } from "../../parts/text.tsx";
import type { ShownStream } from "../../streams.ts";
import { mayEdit } from "../../ports.ts";
import { formOf, type Visit } from "../../visit.ts";
import { Jobs, jobsOf, soonEnded } from "./jobs.tsx";
import { clockOf, shownStream, streamPage } from "./page.tsx";

/** What was stored and could not be written, by reason, and what was refused. */
export async function problemsPage(visit: Visit): Promise<Reply> {
  const shown = await shownStream(visit);
  const { id } = shown.reading;
  const [groups, jobs] = await Promise.all([waitingByReason(visit.ports, streamRef(id)), jobsOf(visit, id)]);
  const asked = visit.query.get("discard");
  const toDiscard = groups.find(({ reason }) => reason === asked);
  return streamPage(visit, shown, {
    here: "Problems",
    children: (
      <>
        {visit.query.get("note") === "missing" && (
          <Line tone="bad">Nothing was discarded: write why, in 1 to {noteMax} characters.</Line>
        )}
        <Jobs id={id} jobs={jobs} zone={clockOf(shown)} now={visit.now} />
        {toDiscard !== undefined && mayEdit(visit.person) && <Discarding id={id} group={toDiscard} />}
        {groups.length === 0 ? (
          <Line tone="ok">No dead letter waits. Every hit that was stored is a row, or on its way.</Line>
        ) : (
          <Letters shown={shown} groups={groups} now={visit.now} mayAct={mayEdit(visit.person)} />
        )}
        <Refused shown={shown} />
      </>
    ),
  });
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
    const again = new URLSearchParams({ discard: form.get("reason") ?? "", note: "missing" });
    return seeOther(`/streams/${reading.id}/problems?${again}#note`);
  }
  return begun(visit, reading.id, { what: "discard", note, ...chosenIn(form, reading.id) });
}

async function begun({ ports, person }: Visit, id: string, meant: Meant): Promise<Reply> {
  const job = await soonEnded(ports, await startJob(ports, meant, person));
  return seeOther(`/streams/${id}/problems?job=${job.id}`);
}

const noteMax = 500;

/** Letters of this stream alone, whatever the form says. */
function chosenIn(form: URLSearchParams, streamId: string) {
  const reason = reasons.find((known) => known === form.get("reason"));
  return { stream_ref: streamRef(streamId), ...(reason !== undefined && { reason }) };
}

function Letters(props: {
  shown: ShownStream;
  groups: readonly WaitingGroup[];
  now: number;
  mayAct: boolean;
}) {
  const { shown, groups, now, mayAct } = props;
  const zone = clockOf(shown);
  const total = groups.reduce((sum, group) => sum + group.count, 0);
  return (
    <Table
      id="letters"
      kind="cards"
      isTitled
      caption={
        <>
          Dead letters by reason{" "}
          <small>
            {count(total)} wait, as of <Time at={now} zone={zone} now={now} />; nothing replays by itself
          </small>
        </>
      }
      head={
        <>
          <Column>Reason</Column>
          <Column class="n">Waiting</Column>
          <Column class="w2">First failure</Column>
          <Column class="w2">Last failure</Column>
          <Column>What happened, and what to do</Column>
        </>
      }
    >
      {groups.map((group) => (
        <tr key={group.reason} class="bad">
          <th scope="row">
            <strong>{catalogue.get(group.reason)?.title ?? group.reason}</strong>{" "}
            <small class="mono">{group.reason}</small>
          </th>
          <td class="n" data-label="Waiting">
            <Count of={group.count} />
          </td>
          <td class="t w2">
            <Time at={group.firstAt} zone={zone} now={now} />
          </td>
          <td class="t w2">
            <Time at={group.lastAt} zone={zone} now={now} />
          </td>
          <td>
            {group.detail} <a href={`/find?q=${group.hitId}`}>The last one</a>
            {mayAct ? (
              <Actions id={shown.reading.id} group={group} />
            ) : (
              <small>An editor can replay or discard them.</small>
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Actions({ id, group: { reason, count: many, keptApart } }: { id: string; group: WaitingGroup }) {
  const open = many - keptApart;
  return (
    <div class="row">
      {open > 0 && (
        <form method="post" action={`/streams/${id}/problems/replay`}>
          <input type="hidden" name="reason" value={reason} />
          <button class="btn small" type="submit">
            Replay {counted(open, "dead letter")}
          </button>
        </form>
      )}
      {keptApart > 0 && (
        <small>
          {counted(keptApart, "hit")} kept apart: look at each, then{" "}
          <code>npx afterclick dead-letters replay HIT_ID --let-through</code>
        </small>
      )}
      <a class="btn small plain" href={`/streams/${id}/problems?discard=${reason}`}>
        Discard
      </a>
    </div>
  );
}

function Discarding({ id, group: { reason, count: many } }: { id: string; group: WaitingGroup }) {
  return (
    <dialog open aria-labelledby="discard-h">
      <form method="post" action={`/streams/${id}/problems/discard`}>
        <h2 id="discard-h">Discard {counted(many, "dead letter")}?</h2>
        <p>Nobody wants them as rows: they stay readable, and are not replayed any more.</p>
        <input type="hidden" name="reason" value={reason} />
        <div class="field">
          <label for="note">Why</label>
          <input
            id="note"
            name="note"
            type="text"
            required
            maxLength={noteMax}
            autocomplete="off"
            autofocus
          />
        </div>
        <div class="actions row">
          <button class="btn danger" type="submit">
            Discard {count(many)}
          </button>
          <a class="btn plain" href={`/streams/${id}/problems`}>
            Cancel
          </a>
        </div>
      </form>
    </dialog>
  );
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
