import { reasons } from "../../../functions/letters/letter.ts";
import { discard, replay } from "../../../functions/letters/replay.ts";
import { type WaitingGroup, waitingByReason } from "../../../functions/letters/waiting.ts";
import { Problem } from "../../../functions/problem.ts";
import { catalogue } from "../../../functions/problems.ts";
import type { Reply } from "../../../functions/request.ts";
import { streamRef } from "../../../functions/stream-ref.ts";
import { seeOther } from "../../document.tsx";
import { Callout, Line } from "../../parts/notes.tsx";
import { Column, Table } from "../../parts/table.tsx";
import { Count, count, counted, Time } from "../../parts/text.tsx";
import type { ShownStream } from "../../streams.ts";
import { mayEdit } from "../../ports.ts";
import { formOf, type Visit } from "../../visit.ts";
import { clockOf, shownStream, streamPage } from "./page.tsx";

/** What was stored and could not be written, by reason, and what was refused. */
export async function problemsPage(visit: Visit, failed?: Problem): Promise<Reply> {
  const shown = await shownStream(visit);
  const groups = await waitingByReason(visit.ports, streamRef(shown.reading.id));
  const chosen = visit.query.get("discard");
  const toDiscard = groups.find(({ reason }) => reason === chosen);
  return streamPage(visit, shown, {
    here: "Problems",
    children: (
      <>
        {failed === undefined ? (
          <Done {...doneIn(visit)} />
        ) : (
          <Callout tone="bad">
            <p>
              <strong>{endedAfter(failed)}</strong> {failed.message}
            </p>
          </Callout>
        )}
        {toDiscard !== undefined && mayEdit(visit.person) && (
          <Discarding id={shown.reading.id} group={toDiscard} />
        )}
        {groups.length === 0 ? (
          <Line tone="ok">No dead letter waits. Every hit that was stored is a row, or on its way.</Line>
        ) : (
          <Letters shown={shown} groups={groups} now={visit.now} mayAct={mayEdit(visit.person)} />
        )}
        <Refused shown={shown} />
      </>
    ),
    ...(failed !== undefined && { status: failed.status }),
  });
}

function endedAfter({ members }: Problem): string {
  const done = members["replayed"] ?? 0;
  return done === 0 ? "Nothing was replayed." : `${counted(done, "dead letter")} replayed; then it ended.`;
}

/** Sends dead letters on their way again, as many as a request may; what is left is said. */
export async function replayLetters(visit: Visit): Promise<Reply> {
  const form = await formOf(visit);
  const { reading } = await shownStream(visit);
  const at = `/streams/${reading.id}/problems`;
  try {
    const { replayed, refused, more } = await replay(
      visit.ports,
      chosenIn(form, reading.id),
      visit.person,
      undefined,
    );
    const [first] = refused;
    if (replayed === 0 && first !== undefined) return seeOther(`${at}?refused=${refused.length}`);
    return seeOther(`${at}?replayed=${replayed}${more === true ? "&more=1" : ""}`);
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500) throw error;
    return problemsPage(visit, error);
  }
}

/** Gives up on dead letters, with a note that says why. */
export async function discardLetters(visit: Visit): Promise<Reply> {
  const form = await formOf(visit);
  const { reading } = await shownStream(visit);
  const at = `/streams/${reading.id}/problems`;
  const note = (form.get("note") ?? "").trim();
  if (note === "" || note.length > noteMax)
    return seeOther(
      `${at}?${new URLSearchParams({ discard: form.get("reason") ?? "", note: "missing" })}#note`,
    );
  const chosen = { ...chosenIn(form, reading.id), note };
  const { discarded, more } = await discard(visit.ports, chosen, visit.person);
  return seeOther(`${at}?discarded=${discarded}${more === true ? "&more=1" : ""}`);
}

const noteMax = 500;

/** Letters of this stream alone, whatever the form says. */
function chosenIn(form: URLSearchParams, stream_id: string) {
  const reason = reasons.find((known) => known === form.get("reason"));
  return { stream_id, ...(reason !== undefined && { reason }) };
}

function doneIn({ query }: Visit) {
  const number = (name: string) =>
    /^\d{1,9}$/.test(query.get(name) ?? "") ? Number(query.get(name)) : undefined;
  return {
    replayed: number("replayed"),
    discarded: number("discarded"),
    refused: number("refused"),
    more: query.has("more"),
    noteMissing: query.get("note") === "missing",
  };
}

function Done(props: ReturnType<typeof doneIn>) {
  const { replayed, discarded, refused, more, noteMissing } = props;
  const rest = more ? " There are more: do it again for the rest." : "";
  if (noteMissing)
    return <Line tone="bad">Nothing was discarded: write why, in 1 to {noteMax} characters.</Line>;
  if (refused !== undefined)
    return (
      <Line tone="warn" isStatus>
        Nothing was replayed: the cause is still there, as the line below says.
      </Line>
    );
  if (replayed !== undefined)
    return (
      <Line tone="ok" isStatus>
        <strong>{counted(replayed, "dead letter")}</strong> on {replayed === 1 ? "its" : "their"} way, with
        the hit_id and received_at that {replayed === 1 ? "it has" : "they have"}. What fails again comes back
        here.{rest}
      </Line>
    );
  if (discarded !== undefined)
    return (
      <Line tone="ok" isStatus>
        <strong>{counted(discarded, "dead letter")}</strong> discarded; they stay readable.{rest}
      </Line>
    );
  return null;
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
