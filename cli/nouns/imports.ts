import { setTimeout } from "node:timers/promises";
import {
  modes,
  usualFields,
  weekdays,
  type ImportFields,
  type Weekday,
} from "../../functions/import/registered/fields.ts";
import type { ImportView } from "../../functions/import/registered/imports.ts";
import type { FileView } from "../../functions/import/load/views.ts";
import { dateFormats, encodings, numberFormats, usualSettings } from "../../functions/import/settings.ts";
import { calendarOf } from "../../functions/streams/calendar.ts";
import { path } from "../api/api.ts";
import type { Option, Tools } from "../command.ts";
import { wrongUsage } from "../failure.ts";
import { factLines } from "../terminal/layout.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { utcText } from "../terminal/times.ts";
import { visible } from "../terminal/visible.ts";
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

function defined<Fields extends object>(
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
};

/** The usual value of a field, null where usually nothing is set. */
export function usualOf(field: keyof ImportFields): unknown {
  return (usualFields as Partial<ImportFields>)[field] ?? null;
}

export const fileArgument = { name: "FILE_ID", says: "the id of the file, as imports files shows it" };

/** What became of a file, a line a field; with what a person should look at among the messages. */
export async function showFile(file: FileView, terminal: Terminal): Promise<void> {
  const { arrived_at, finished_at, hints = [], codes = {}, may_be_imported_anyway, ...fields } = file;
  const facts: [string, unknown][] = [
    ...Object.entries(fields),
    ...Object.entries(codes).map(([code, count]): [string, unknown] => [`  ${code}`, count]),
    ["arrived_at", utcText(arrived_at)],
    ...(finished_at === undefined ? [] : [["finished_at", utcText(finished_at)] as [string, unknown]]),
  ];
  await terminal.out(`${factLines(facts, terminal.width).join("\n")}\n`);
  for (const hint of hints) terminal.say(visible(hint));
  if (may_be_imported_anyway)
    terminal.say(visible(`An admin may have it imported: afterclick imports anyway IMPORT ${file.file_id}`));
}

const pausesMs = [100, 200, 500, 1_000, 2_000];

/** Asks until it is known what became of the file. */
export async function untilRead(
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

/** All of an import, a line a field. */
export async function showImport(one: ImportView, terminal: Terminal): Promise<void> {
  const { added_at, null_words, expected, ...fields } = one;
  const facts: [string, unknown][] = [
    ...Object.entries(fields),
    ["expected", expected.join(",")],
    ["null_words", null_words.join(" ")],
    ["added_at", utcText(added_at)],
  ];
  await terminal.out(`${factLines(facts, terminal.width).join("\n")}\n`);
}
