import type { LinkReport, Share } from "../../functions/import/links/report.ts";
import { tableLines, factLines } from "../terminal/layout.ts";
import { utcText } from "../terminal/times.ts";

/** What the commands around links share: the report. */

export const reportShape = {
  events: "number",
  linked: "number",
  reasons: "array",
  web_events: "array",
  by_date: "array",
  by_reference_ev: "array",
} as const;

/** @param facts what stands before those of the report */
export function reportLines(
  report: LinkReport,
  width: number | undefined,
  facts: readonly [string, unknown][] = [],
): string {
  const { events, linked, waiting, unlinked, several, value, linked_value, last_run } = report;
  const all: [string, unknown][] = [
    ...facts,
    ["linked", `${linked} of ${events}${share(linked, events)}`],
    ["waiting", waiting],
    ["unlinked", unlinked],
    ["several", several],
    ["value", `${linked_value} of ${value}`],
    ...(last_run === undefined
      ? []
      : [["by itself", `${utcText(last_run.ended_at)}: ${runSays(last_run)}`] as [string, unknown]]),
  ];
  return [factLines(all, width), ...reasonLines(report, width), ...lackingLines(report)]
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function runSays(run: NonNullable<LinkReport["last_run"]>): string {
  return "code" in run ? `${run.code}: ${run.detail}` : `${run.changed} changed, ${run.linked} linked`;
}

/** By day, by event, by what reference_ev says. */
export function shareLines(name: string, shares: readonly Share[], width: number | undefined): string[] {
  const columns = [{ name, whole: true }, ...["events", "linked", "waiting", "unlinked"].map(titled)];
  const rows = shares.map((one) => [
    one.name,
    one.events,
    `${one.linked}${share(one.linked, one.events)}`,
    one.waiting,
    one.unlinked,
  ]);
  return tableLines(columns, rows, width);
}

const titled = (name: string) => ({ name });

function reasonLines({ reasons }: LinkReport, width: number | undefined): string[][] {
  if (reasons.length === 0) return [];
  const columns = [{ name: "reason", whole: true }, { name: "events" }, { name: "such as" }, { name: "why" }];
  const rows = reasons.map(({ reason, events, examples: [first] }) => [
    reason,
    events,
    first?.reference_id ?? "",
    first?.says ?? "",
  ]);
  return [tableLines(columns, rows, width)];
}

function lackingLines({ web_events }: LinkReport): string[][] {
  const lacking = web_events.filter(({ without_id }) => without_id > 0);
  if (lacking.length === 0) return [];
  return [
    lacking.map(
      ({ ev, events: all, without_id }) =>
        `${without_id} of ${all} web events ${ev} carry no transaction_id${share(without_id, all)}: those can never be linked.`,
    ),
  ];
}

const share = (part: number, all: number): string =>
  all === 0 ? "" : ` (${Math.round((part / all) * 1000) / 10} %)`;
