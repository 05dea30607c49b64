import { type DayPorts, daysMax, listDays } from "../../../functions/import/days/days.ts";
import { nextDeadline, todayOf } from "../../../functions/import/days/deadline.ts";
import type { ImportDay } from "../../../functions/import/days/judge.ts";
import { lateText } from "../../../functions/import/days/late.ts";
import { daysBefore } from "../../../functions/import/fields/date.ts";
import type { ImportView } from "../../../functions/import/registered/imports.ts";
import type { Reply } from "../../../functions/request.ts";
import { isDay } from "../../../functions/streams/calendar.ts";
import { DayBadge, DayStrip, duration, isOdd } from "../../parts/imports/days.tsx";
import { Line } from "../../parts/notes.tsx";
import { Column, Table } from "../../parts/table.tsx";
import { Count, count, Time } from "../../parts/text.tsx";
import type { Visit } from "../../visit.ts";
import { addressOf, importPage, shownImport } from "./page.tsx";

const usualDays = 14;

/** Whether the data of each day came in time. */
export async function daysPage(visit: Visit): Promise<Reply> {
  const one = await shownImport(visit);
  const { query, now } = visit;
  const asked = askedIn(query, one, now);
  const ports: DayPorts = visit.ports;
  const days = await listDays(ports, one.name, asked);
  const at = addressOf(one.name, "/days");
  return importPage(visit, one, {
    tab: "Days",
    sentence: sentenceOf(days, one, now),
    children: (
      <>
        <form class="filter" role="search" aria-label="Days" action={at}>
          <div class="field">
            <label for="from">From</label>
            <input id="from" name="from" type="date" value={asked.from} />
          </div>
          <div class="field">
            <label for="to">To</label>
            <input id="to" name="to" type="date" value={asked.to} />
          </div>
          <button type="submit" class="btn">
            Show
          </button>
        </form>
        {days.length === 0 ? (
          <Line action={<a href={at}>The last {usualDays} days</a>}>None of these days has come yet.</Line>
        ) : (
          <>
            <DayStrip days={days} />
            <Days one={one} days={days.toReversed()} now={now} />
          </>
        )}
      </>
    ),
  });
}

/** What is no day is not meant; days in the wrong order are what lies between them. */
function askedIn(query: URLSearchParams, one: ImportView, now: number): { from: string; to: string } {
  const day = (name: string) => (isDay(query.get(name) ?? "") ? query.get(name)! : undefined);
  const last = day("to") ?? todayOf(one.zone, now);
  const [from, to] = [day("from") ?? daysBefore(last, usualDays - 1), last].sort() as [string, string];
  const earliest = daysBefore(to, daysMax - 1);
  return { from: from < earliest ? earliest : from, to };
}

function sentenceOf(days: readonly ImportDay[], one: ImportView, now: number): string {
  const odd = days.filter(isOdd).length;
  const next = nextDeadline(one, now);
  const due =
    next === undefined
      ? "No day is expected."
      : `Data of ${next.date} is due in ${duration(next.due_at - now)}.`;
  return odd === 0 ? due : `${count(odd)} of these days ${odd === 1 ? "needs" : "need"} somebody. ${due}`;
}

function Days({ one, days, now }: { one: ImportView; days: readonly ImportDay[]; now: number }) {
  return (
    <Table
      id="days"
      kind="cards"
      caption="Days, the newest first"
      head={
        <>
          <Column>Day</Column>
          <Column>State</Column>
          <Column class="w2">Due</Column>
          <Column>Came</Column>
          <Column class="n">Events</Column>
        </>
      }
    >
      {days.map((day) => (
        <tr key={day.date} class={isOdd(day) ? "bad" : undefined}>
          <th scope="row" class="t">
            {day.date}
          </th>
          <td>
            <DayBadge state={day.state} />{" "}
            {day.late_by !== undefined && <small>{lateText(day.late_by)}</small>}
          </td>
          <td class="t w2">
            <Time at={day.due_at} zone={one.zone} now={now} />
          </td>
          <td data-label="Came">
            {day.first_arrival === undefined ? (
              <span class="none">not yet</span>
            ) : (
              <Time at={day.first_arrival} zone={one.zone} now={now} />
            )}{" "}
            {day.file_id !== undefined && (
              <small>
                <a href={addressOf(one.name, `/files/${day.file_id}`)}>
                  Its file<span class="vh"> of {day.date}</span>
                </a>
              </small>
            )}
          </td>
          <td class="n" data-label="Events">
            <Count of={day.rows} />
          </td>
        </tr>
      ))}
    </Table>
  );
}
