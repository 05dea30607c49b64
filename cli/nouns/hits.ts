import { path, search, type Api } from "../api/api.ts";
import { wrongUsage } from "../failure.ts";
import { shown } from "../typed.ts";
import { factLines } from "../terminal/layout.ts";
import { isUuidTyped } from "./streams.ts";
import { ageText, utcText } from "../terminal/times.ts";
import type { HitView, LetterView, Searched } from "../api/views.ts";
import { visible } from "../terminal/visible.ts";

/** What the commands around one hit share. */

export const hitArgument = {
  name: "HIT_ID",
  says: "the UUID that the sender got in its answer",
};

/** @throws wrong usage where the text is no UUID */
export function hitIdOf(typed: string): string {
  if (isUuidTyped(typed)) return typed.toLowerCase();
  throw wrongUsage(
    `HIT_ID is ${shown(typed)}; allowed is a UUID, as it stands in the answer to the request.`,
  );
}

/** @param within the day from which rows are searched, YYYY-MM-DD, and the stream whose table alone is */
export function lookUp(
  api: Api,
  hitId: string,
  within: { since: string | undefined; stream_id: string | undefined },
): Promise<HitView> {
  return api.ask<HitView>(
    { path: path`/v1/hits/${hitId}` + search(within), deadlineMs: 120_000 },
    { state: "string", rows: "array", searched: "object" },
  );
}

export function rowLines({ rows }: HitView, width: number | undefined): string[] {
  return rows.flatMap(({ row }, index) => [
    ...(index === 0 ? [] : [""]),
    ...factLines(
      Object.entries(row)
        .filter(([name, value]) => value !== null || name === "payload")
        .map(([name, value]) => [
          name,
          name === "received_at" && typeof value === "number" ? `${value} (${utcText(value)})` : value,
        ]),
      width,
    ),
  ]);
}

export function letterLines(letter: LetterView, width: number | undefined): string[] {
  const facts: [string, unknown][] = [
    ["reason", letter.reason],
    ["state", letter.state],
    ["received_at", `${letter.received_at} (${utcText(letter.received_at)})`],
    ["date", letter.date],
    ["failed at", `${letter.at} (${utcText(letter.at)})`],
    ["attempt", letter.attempt],
    ["stream_ref", letter.stream_ref],
    ["bytes", letter.bytes],
    ["content_type", letter.content_type],
    ["query", letter.query],
    ["headers", letter.headers === undefined ? undefined : JSON.stringify(letter.headers)],
    ["is_test", letter.is_test],
    ["kept_apart", letter.kept_apart],
  ];
  const known = facts.filter(([, value]) => value !== undefined && value !== null);
  // The detail says what to do: it is never cut.
  return [...factLines(known, width), visible(letter.detail)];
}

/** What was looked at, so that "not found" can be judged. */
export function searchedLine(searched: Searched, view: HitView, now: number): string {
  const { tables = [], since } = searched;
  const places = [
    tables.length === 0
      ? "no table"
      : `${tables.length === 1 ? "the table" : "the tables"} ${tables.slice(0, 10).join(", ")}` +
        (tables.length > 10 ? ` and ${tables.length - 10} more` : "") +
        (since === undefined ? "" : ` since ${since}`),
    ...(searched.dead_letters === true
      ? [`the dead letters${since === undefined ? "" : " of all days"}`]
      : []),
    ...(searched.queue === true ? ["the queue"] : []),
  ];
  const skipped = (searched.skipped ?? [])
    .map(({ table, why }) => ` Not searched: ${table} (${why})`)
    .join("");
  return visible(`Searched: ${places.join(", ")}.${queueNote(searched, view, now)}${skipped}`);
}

function queueNote(searched: Searched, { oldest_waiting_received_at: oldest }: HitView, now: number): string {
  const wait =
    oldest === undefined
      ? ""
      : ` The oldest hit that waits was received ${ageText(now - oldest)} ago (${utcText(oldest)}).`;
  return searched.queue === true ? wait : ` The queue itself cannot be searched.${wait}`;
}
