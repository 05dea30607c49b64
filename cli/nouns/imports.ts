import { setTimeout } from "node:timers/promises";
import type { Deadline } from "../../functions/import/days/deadline.ts";
import { lateText } from "../../functions/import/days/late.ts";
import {
  modes,
  rowsMinMax,
  usualFields,
  weekdays,
  type ImportFields,
  type Weekday,
} from "../../functions/import/registered/fields.ts";
import type { ImportView } from "../../functions/import/registered/imports.ts";
import type { FileView } from "../../functions/import/load/views.ts";
import { dateFormats, encodings, numberFormats, usualSettings } from "../../functions/import/settings.ts";
import { grantWords } from "../../functions/import/shared/grant.ts";
import type { SharedView } from "../../functions/import/shared/view.ts";
import { counted } from "../../functions/counted.ts";
import { calendarOf, isDay } from "../../functions/streams/calendar.ts";
import { path } from "../api/api.ts";
import type { Option, Tools } from "../command.ts";
import { exitCodes, wrongUsage, type ExitCode } from "../failure.ts";
import { factLines } from "../terminal/layout.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { utcText } from "../terminal/times.ts";
import { json, visible } from "../terminal/visible.ts";
import { shown, type Typed } from "../typed.ts";

/** What the commands around imports share. */

export const importArgument = { name: "IMPORT", says: "the name of the import, as imports list shows it" };

/** How a file is read. */
export const readingOptions: Record<string, Option> = {
  encoding: { value: "NAME", says: `of text that is no UTF-8: ${encodings.join(", ")}` },
  "number-format": {
    value: "FORMAT",
    says: "dot or comma, the decimal mark; each file proves it where left out",
  },
  "date-format": { value: "FORMAT", says: `beside YYYY-MM-DD: ${dateFormats.join(", ")}` },
  "null-word": {
    value: "WORD",
    says: "a word that counts as an empty cell, such as NULL; may be repeated",
    repeated: true,
  },
  "allow-damaged-ids": { says: "ids such as 12234.0 are meant as they are" },
  header: { value: "KIND", says: "none: there is no header, the columns are the five fields in their order" },
  "convert-instants": { says: "instants in a Parquet column of dates become days of the zone" },
  "reject-rows": { value: "N", says: "so many rows may be bad, 0 to 100000000; 10 where left out" },
  "reject-percent": {
    value: "N",
    says: "or so many of a hundred, 0 to 100; 10 where left out. 0 in either: none",
  },
  "max-age-days": { value: "N", says: "older dates are rejected, 1 to 100000; 400 where left out" },
};

/** When files are due, and what one does to those before it. */
export const importOptions: Record<string, Option> = {
  zone: { value: "ZONE", says: "where today is, such as Europe/Amsterdam" },
  mode: {
    value: "MODE",
    says: `what a file does to those before it: ${modes.join(", ")}; correct where left out`,
  },
  due: {
    value: "TIME",
    says: "until when the data of a day is due on the next one, HH:MM; 02:00 where left out",
  },
  expected: {
    value: "DAYS",
    says: `the days whose data is expected, such as mon,tue,wed,thu,fri; all where left out`,
  },
  holidays: { value: "DATES", says: "days whose data is not expected, such as 2026-12-25,2026-12-26" },
  "rows-min": {
    value: "N",
    says: `a day with fewer events is not delivered, 1 to ${rowsMinMax}; left out: it may be empty`,
  },
  table: {
    value: "TABLE",
    says: "a table or view that is read in the place of files, project.dataset.table; files:PATTERN on one machine",
  },
  ...readingOptions,
};

type Writable<Fields> = { -readonly [Field in keyof Fields]?: Fields[Field] };

/** What was typed of them, and nothing else. @throws wrong usage */
export function typedReading(typed: Typed): Writable<ImportFields> {
  const whole = (option: string, min: number, max: number, usual: number) =>
    typed.text(option) === undefined ? undefined : typed.whole(option, { min, max, usual });
  const words = typed.texts("null-word");
  return defined({
    encoding: typed.oneOf("encoding", encodings),
    number_format: typed.oneOf("number-format", numberFormats),
    date_format: typed.oneOf("date-format", dateFormats),
    null_words: words.length === 0 ? undefined : words,
    allow_damaged_ids: typed.flag("allow-damaged-ids") || undefined,
    header: typed.oneOf("header", ["names", "none"]),
    convert_instants: typed.flag("convert-instants") || undefined,
    reject_rows: whole("reject-rows", 0, 100_000_000, usualSettings.reject_rows),
    reject_percent: whole("reject-percent", 0, 100, usualSettings.reject_percent),
    max_age_days: whole("max-age-days", 1, 100_000, usualSettings.max_age_days),
    zone: typedZone(typed),
  });
}

/** @throws wrong usage */
export function typedImport(typed: Typed): Writable<ImportFields> {
  return defined({
    ...typedReading(typed),
    mode: typed.oneOf("mode", modes),
    due: typed.text("due"),
    expected: typedDays(typed),
    holidays: typedHolidays(typed),
    table: typed.text("table"),
    rows_min:
      typed.text("rows-min") === undefined
        ? undefined
        : typed.whole("rows-min", { min: 1, max: rowsMinMax, usual: 1 }),
  });
}

function typedZone(typed: Typed): string | undefined {
  const zone = typed.text("zone");
  if (zone !== undefined && calendarOf(zone) === undefined)
    throw wrongUsage(
      `--zone is ${shown(zone)}; allowed is a zone such as Europe/Amsterdam, or an offset such as +01:00.`,
    );
  return zone;
}

function typedDays(typed: Typed): Weekday[] | undefined {
  const text = typed.text("expected");
  if (text === undefined) return undefined;
  const days = text.split(",").map((day) => weekdays.find((known) => known === day.trim().toLowerCase()));
  if (days.includes(undefined))
    throw wrongUsage(`--expected is ${shown(text)}; allowed are ${weekdays.join(",")}, or some of them.`);
  return [...new Set(days as Weekday[])];
}

function typedHolidays(typed: Typed): string[] | undefined {
  const days = typed
    .text("holidays")
    ?.split(",")
    .map((day) => day.trim());
  const wrong = days?.find((day) => !isDay(day));
  if (wrong !== undefined)
    throw wrongUsage(
      `--holidays has ${shown(wrong)}; allowed are days as YYYY-MM-DD with commas between them, such as 2026-12-25,2026-12-26.`,
    );
  return days && [...new Set(days)];
}

/** What was said, and nothing else. */
export function defined<Fields extends object>(
  fields: Fields,
): { [Field in keyof Fields]?: Exclude<Fields[Field], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

/** What may be put back to what it usually is, as typed behind --reset. */
export const resettable: Readonly<Record<string, keyof ImportFields>> = {
  encoding: "encoding",
  "number-format": "number_format",
  "date-format": "date_format",
  "null-word": "null_words",
  "allow-damaged-ids": "allow_damaged_ids",
  header: "header",
  "convert-instants": "convert_instants",
  "reject-rows": "reject_rows",
  "reject-percent": "reject_percent",
  "max-age-days": "max_age_days",
  mode: "mode",
  due: "due",
  expected: "expected",
  holidays: "holidays",
  "rows-min": "rows_min",
  table: "table",
  "web-events": "web_events",
};

/** The usual value of a field, null where usually nothing is set. */
export function usualOf(field: keyof ImportFields): unknown {
  return (usualFields as Partial<ImportFields>)[field] ?? null;
}

export const fileArgument = { name: "FILE_ID", says: "the id of the file, as imports files shows it" };

/** What became of a file, a line a field; with what a person should look at among the messages. */
async function showFile(importName: string, file: FileView, terminal: Terminal): Promise<void> {
  const { arrived_at, finished_at, hints = [], codes = {}, may_be_imported_anyway, ...rest } = file;
  const { late_days = [], removed_at, ...fields } = rest;
  const facts: [string, unknown][] = [
    ...Object.entries(fields),
    ...late_days.map(({ date, late_by }): [string, unknown] => [`  ${date}`, lateText(late_by)]),
    ...Object.entries(codes).map(([code, count]): [string, unknown] => [`  ${code}`, count]),
    ["arrived_at", utcText(arrived_at)],
    ...Object.entries({ finished_at, removed_at }).flatMap(([field, at]): [string, unknown][] =>
      at === undefined ? [] : [[field, utcText(at)]],
    ),
  ];
  await terminal.out(`${factLines(facts, terminal.width).join("\n")}\n`);
  for (const hint of hints) terminal.say(visible(hint));
  const where = `${importName} ${file.file_id}`;
  if (may_be_imported_anyway)
    terminal.say(visible(`An admin may have it imported: afterclick imports anyway ${where}`));
  if (file.state === "failed")
    terminal.say(visible(`Once something else is set on the import: afterclick imports again ${where}`));
}

const pausesMs = [100, 200, 500, 1_000, 2_000];

/** Asks until it is known what became of the file. */
async function untilRead(
  { api, stopped }: Pick<Tools, "api" | "stopped">,
  importName: string,
  file: FileView,
): Promise<FileView> {
  let last = file;
  for (let tries = 0; last.state === "checking"; tries++) {
    await setTimeout(pausesMs[Math.min(tries, pausesMs.length - 1)], undefined, { signal: stopped });
    last = await api.ask<FileView>(
      { path: path`/v1/imports/${importName}/files/${file.file_id}` },
      { file_id: "string", state: "string" },
    );
  }
  return last;
}

/** Waits until it is known what became of the file, and says it. */
export async function saidOf(
  typed: Typed,
  tools: Tools,
  importName: string,
  file: FileView,
): Promise<FileView> {
  const read = await untilRead(tools, importName, file);
  if (typed.flag("json")) await tools.terminal.out(`${json(read, 2)}\n`);
  else await showFile(importName, read, tools.terminal);
  return read;
}

/** Of a file that was to be imported. */
export const exitOf = ({ state }: FileView): ExitCode =>
  state === "failed" || state === "waiting" ? exitCodes.failed : exitCodes.done;

/** An import as the API shows it. */
export type ShownImport = ImportView & { readonly next_deadline?: Deadline };

/** All of an import, a line a field. */
export async function showImport(one: ShownImport, terminal: Terminal): Promise<void> {
  const { added_at, null_words, expected, holidays, next_deadline, web_events, ...fields } = one;
  const facts: [string, unknown][] = [
    ...Object.entries(fields),
    ["expected", expected.join(",")],
    ["holidays", holidays.join(",")],
    ...(next_deadline === undefined
      ? []
      : [["next deadline", deadlineText(next_deadline)] as [string, unknown]]),
    ["null_words", null_words.join(" ")],
    ...Object.entries(web_events ?? {}).map(([name, value]): [string, unknown] => [
      `web events: ${name}`,
      [value].flat().join(" "),
    ]),
    ["added_at", utcText(added_at)],
  ];
  await terminal.out(`${factLines(facts, terminal.width).join("\n")}\n`);
}

/** A shared table, a line a field. */
export async function showShared(shared: SharedView, terminal: Terminal): Promise<void> {
  const { table, grant, looked_at, code, detail, since, warning, days, undated } = shared;
  const facts: [string, unknown][] = [
    ["table", table],
    ...Object.entries({ looked_at, since }).flatMap(([field, at]): [string, unknown][] =>
      at === undefined ? [] : [[field === "since" ? "not read since" : "looked at", utcText(at)]],
    ),
    ...(code === undefined ? [] : ([["code", code]] as [string, unknown][])),
    ...days.map(({ date, rows, state }): [string, unknown] => [date, `${counted(rows, "row")}, ${state}`]),
    ...(undated === 0 ? [] : ([["without a date", counted(undated, "row")]] as [string, unknown][])),
  ];
  await terminal.out(`${factLines(facts, terminal.width).join("\n")}\n`);
  if (detail !== undefined) terminal.say(visible(detail));
  if (warning !== undefined) terminal.say(visible(warning));
  if (grant === undefined || (looked_at !== undefined && code === undefined)) return;
  terminal.say(
    visible(`Whoever owns the table gives ${grant.account} the role ${grant.role}. ${grantWords}`),
  );
  terminal.say(visible(`  SQL:      ${grant.sql}`));
  terminal.say(visible(`  bq:       ${grant.command}`));
  terminal.say(visible(`  console:  ${grant.steps}`));
  terminal.say(visible(`            ${grant.address}`));
}

/** `2026-11-21T01:00:00Z for 2026-11-20` */
export function deadlineText({ date, due_at }: Deadline): string {
  return `${utcText(due_at)} for ${date}`;
}
