/** The checks of one row, whatever kind of file it comes from: five cells of text in, an event or its faults
 *  out. */
import type { Fault, Field, RejectCode } from "../rejects.ts";
import type { ImportSettings } from "../settings.ts";
import { readDate, type DateReading } from "./date.ts";
import { readNumber, type NumberReading } from "./number.ts";
import { readsAlike, type FoundFormat } from "./number-format.ts";
import { idFaults, nameCharactersMax, readNames, type Names } from "./reference.ts";
import { copied, hasControl, isLongerThan, trimmed } from "./text.ts";

/** The cells of the five fields, in their order; a field without a column is "". */
export type Cells = readonly [date: string, ev: string, names: string, id: string, value: string];

export interface EventFields {
  readonly date: string;
  readonly ev: string;
  readonly reference_ev: readonly string[];
  readonly reference_id: string;
  /** A decimal of at most nine digits behind its mark; null where there is none. */
  readonly value: string | null;
}

/** What was put right without a word from anybody, counted. */
export interface Warnings {
  trimmed: number;
  date_midnight: number;
  value_rounded: number;
}

export interface RowChecks {
  /** @param brokenId a reference_id that is no text at all
   *  @returns undefined where the row has faults, which `faults` holds until the next row */
  read(cells: Cells, brokenId?: Fault): EventFields | undefined;
  readonly faults: readonly Fault[];
  readonly warnings: Readonly<Warnings>;
}

/** Dates, events and names repeat from row to row: each text is read once. */
const rememberedMax = 10_000;
const rememberedCharactersMax = 1000;
const shownCharactersMax = 200;

export function openRowChecks(
  settings: ImportSettings,
  days: { first: string; last: string },
  format: FoundFormat | undefined,
): RowChecks {
  const warnings: Warnings = { trimmed: 0, date_midnight: 0, value_rounded: 0 };
  const nullWords = new Set(settings.null_words);
  const faults: Fault[] = [];
  const dates = new Map<string, DateReading>();
  const namesRead = new Map<string, Names>();
  const evRead = new Map<string, readonly RejectCode[]>();

  /** The cell without what is around it; "" where it means nothing. */
  function plain(cell: string): string {
    const text = trimmed(cell);
    if (text.length !== cell.length) warnings.trimmed += 1;
    return nullWords.size > 0 && nullWords.has(text) ? "" : text;
  }

  function fault(code: RejectCode, field: Field, text: string): void {
    faults.push({ code, field, value: shortened(text) });
  }

  function readDay(text: string): string {
    const reading = remembered(dates, text, (): DateReading => {
      if (text === "") return { fault: "date_missing" };
      return hasControl(text) ? { fault: "control_char" } : readDate(text, settings.date_format, days);
    });
    if ("fault" in reading) {
      fault(reading.fault, "date", text);
      return "";
    }
    if (reading.midnight) warnings.date_midnight += 1;
    return reading.date;
  }

  function readId(text: string, broken: Fault | undefined): void {
    if (broken !== undefined) faults.push(broken);
    else if (text === "") fault("ref_id_missing", "reference_id", text);
    else if (hasControl(text)) fault("control_char", "reference_id", text);
    else for (const code of idFaults(text, settings.allow_damaged_ids)) fault(code, "reference_id", text);
  }

  function readValue(text: string): string | null {
    if (text === "") return null;
    const reading = valueOf(text, format);
    if ("fault" in reading) {
      fault(reading.fault, "value", text);
      return null;
    }
    if (reading.rounded) warnings.value_rounded += 1;
    return reading.decimal;
  }

  return {
    warnings,
    faults,
    read(cells, brokenId) {
      faults.length = 0;
      const date = readDay(plain(cells[0]));
      const ev = plain(cells[1]);
      for (const code of remembered(evRead, ev, evFaults)) fault(code, "ev", ev);
      const namesText = plain(cells[2]);
      const { names, faults: namesFaults } = remembered(namesRead, namesText, readNames);
      for (const code of namesFaults) fault(code, "reference_ev", namesText);
      if (ev !== "" && names.includes(ev)) fault("ref_ev_is_self", "reference_ev", namesText);
      const id = plain(cells[3]);
      readId(id, brokenId);
      const value = readValue(plain(cells[4]));
      return faults.length > 0 ? undefined : { date, ev, reference_ev: names, reference_id: id, value };
    },
  };
}

function remembered<Value>(known: Map<string, Value>, text: string, read: (text: string) => Value): Value {
  const before = known.get(text);
  if (before !== undefined) return before;
  // A long text is no name that repeats, and would be kept.
  if (text.length > rememberedCharactersMax) return read(text);
  // All go at once: to let the oldest go, one by one, costs more than to read them again.
  if (known.size === rememberedMax) known.clear();
  const own = copied(text);
  const made = read(own);
  known.set(own, made);
  return made;
}

function evFaults(ev: string): readonly RejectCode[] {
  if (ev === "") return ["ev_missing"];
  if (hasControl(ev)) return ["control_char"];
  return [
    ...(isLongerThan(ev, nameCharactersMax) ? (["ev_too_long"] as const) : []),
    ...(ev.includes(",") ? (["ev_comma"] as const) : []),
  ];
}

function valueOf(text: string, format: FoundFormat | undefined): NumberReading {
  if (hasControl(text)) return { fault: "control_char" };
  if (format === "comma") return readNumber(text, "comma");
  const dot = readNumber(text, "dot");
  if (format === "dot" || format === "none" || format === undefined) return dot;
  // Nothing decides, or two formats are proved: what reads the same in both stands.
  const either = "decimal" in dot || dot.fault === "value_too_big" ? dot : readNumber(text, "comma");
  if ("fault" in either && either.fault !== "value_too_big") return either;
  return readsAlike(text) ? either : { fault: "value_ambiguous" };
}

function shortened(text: string): string {
  return text.length > shownCharactersMax
    ? `${copied(text.slice(0, shownCharactersMax - 1))}…`
    : copied(text);
}
