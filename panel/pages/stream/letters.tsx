import type { WaitingGroup } from "../../../functions/letters/waiting.ts";
import { catalogue } from "../../../functions/problems.ts";
import { Column, Table } from "../../parts/table.tsx";
import { Count, count, counted, ofDays, Time } from "../../parts/text.tsx";
import type { ShownStream } from "../../streams.ts";
import { clockOf } from "./page.tsx";

/** The dead letters of a stream that wait, by reason, and the questions before many of them are touched. */

/** Both among them; all days where both are left out. */
export interface Days {
  readonly since?: string;
  readonly until?: string;
}

export const noteMax = 500;

export function addressOf(id: string, fields: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(fields).toString();
  return `/streams/${id}/problems${query === "" ? "" : `?${query}`}`;
}

export function DaysFilter({ id, days }: { id: string; days: Days }) {
  return (
    <form class="filter" role="search" aria-label="Days of the dead letters" action={addressOf(id, {})}>
      <div class="field">
        <label for="since">From day</label>
        <input id="since" name="since" type="date" value={days.since} />
      </div>
      <div class="field">
        <label for="until">To day</label>
        <input id="until" name="until" type="date" value={days.until} />
      </div>
      <button type="submit" class="btn">
        Show
      </button>
      {Object.keys(days).length > 0 && <a href={addressOf(id, {})}>All days</a>}
    </form>
  );
}

export function Letters(props: {
  shown: ShownStream;
  groups: readonly WaitingGroup[];
  days: Days;
  now: number;
  mayAct: boolean;
}) {
  const { shown, groups, days, now, mayAct } = props;
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
            {count(total)}
            {ofDays(days, now)} wait, as of <Time at={now} zone={zone} now={now} />; nothing replays by itself
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
              <Actions id={shown.reading.id} group={group} days={days} />
            ) : (
              <small>An editor can replay or discard them.</small>
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
}

interface Chosen {
  readonly id: string;
  readonly group: WaitingGroup;
  readonly days: Days;
}

/** Those that a replay of many takes. */
const openOf = ({ count: many, keptApart }: WaitingGroup): number => many - keptApart;

function Actions({ id, group, days }: Chosen) {
  const { reason, keptApart } = group;
  return (
    <div class="row">
      {openOf(group) > 0 && (
        <a class="btn small" href={addressOf(id, { ...days, replay: reason })}>
          Replay {counted(openOf(group), "dead letter")}
        </a>
      )}
      {keptApart > 0 && (
        <small>
          {counted(keptApart, "hit")} kept apart: look at each, then{" "}
          <code>npx afterclick dead-letters replay HIT_ID --let-through</code>
        </small>
      )}
      <a class="btn small plain" href={addressOf(id, { ...days, discard: reason })}>
        Discard
      </a>
    </div>
  );
}

export function Replaying({ id, group, days, now }: Chosen & { now: number }) {
  return (
    <dialog open aria-labelledby="replay-h">
      <form method="post" action={`/streams/${id}/problems/replay`}>
        <h2 id="replay-h">
          Replay {counted(openOf(group), "dead letter")}
          {ofDays(days, now)}?
        </h2>
        <p>
          Each keeps its hit_id and received_at. Rows that are there already are not doubled in the views.
        </p>
        <Meant reason={group.reason} days={days} />
        <div class="actions row">
          <button class="btn primary" type="submit" autofocus>
            Replay {count(openOf(group))}
          </button>
          <a class="btn plain" href={addressOf(id, { ...days })}>
            Cancel
          </a>
        </div>
      </form>
    </dialog>
  );
}

export function Discarding({ id, group, days, now }: Chosen & { now: number }) {
  return (
    <dialog open aria-labelledby="discard-h">
      <form method="post" action={`/streams/${id}/problems/discard`}>
        <h2 id="discard-h">
          Discard {counted(group.count, "dead letter")}
          {ofDays(days, now)}?
        </h2>
        <p>Nobody wants them as rows: they stay readable, and are not replayed any more.</p>
        <Meant reason={group.reason} days={days} />
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
            Discard {count(group.count)}
          </button>
          <a class="btn plain" href={addressOf(id, { ...days })}>
            Cancel
          </a>
        </div>
      </form>
    </dialog>
  );
}

function Meant({ reason, days }: { reason: string; days: Days }) {
  return (
    <>
      {Object.entries({ reason, ...days }).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
    </>
  );
}
