/** reference_ev: the names of the web events that an event may belong to, and
 *  reference_id: which one of them. */
import type { RejectCode } from "../rejects.ts";
import { hasControl, isLongerThan, trimmed } from "./text.ts";

export const nameCharactersMax = 64;
const namesMax = 10;
const idBytesMax = 256;

const pairs: Record<string, string> = { "'": "'", '"': '"', "\u2018": "\u2019", "\u201c": "\u201d" };
const listSyntax = /^(?:\{.*\}|\[.*\]|\(.*\))$/s;

/** What a cell of names says, whatever event it belongs to. */
export interface Names {
  /** In the given order, repeats dropped. */
  readonly names: readonly string[];
  readonly faults: readonly RejectCode[];
}

/** @param text trimmed, no NULL word */
export function readNames(text: string): Names {
  if (text === "") return { names: [], faults: ["ref_ev_missing"] };
  if (hasControl(text)) return { names: [], faults: ["control_char"] };
  const inner = unquoted(text);
  if (listSyntax.test(inner)) return { names: [], faults: ["ref_ev_list_syntax"] };
  const names = [
    ...new Set(
      inner
        .split(",")
        .map((name) => trimmed(unquoted(trimmed(name))))
        .filter((name) => name !== ""),
    ),
  ];
  if (names.length === 0) return { names, faults: ["ref_ev_missing"] };
  const faults: RejectCode[] = [];
  if (names.length > namesMax) faults.push("ref_ev_too_many");
  if (names.some((name) => isLongerThan(name, nameCharactersMax))) faults.push("ref_ev_too_long");
  return { names, faults };
}

/** Without one pair of quotes around it, unless either stands inside as well: people
 *  copy them from a guide. */
function unquoted(text: string): string {
  const closing = pairs[text[0]!];
  if (closing === undefined || text.length < 2 || !text.endsWith(closing)) return text;
  const inner = text.slice(1, -1);
  return inner.includes(text[0]!) || inner.includes(closing) ? text : inner;
}

/** What a spreadsheet or a program makes of an id that it took for a number: 12234.0, 1.2234E+04. */
const damaged = /^[+-]?(?:\d+[.,]0+|\d(?:[.,]\d+)?[eE]\+\d{2,3})$/;

/** @param text trimmed, not empty, without control characters */
export function idFaults(text: string, allowDamaged: boolean): readonly RejectCode[] {
  // Three bytes of UTF-8 a unit of UTF-16 at most.
  const isLong = text.length * 3 > idBytesMax && Buffer.byteLength(text) > idBytesMax;
  const isDamaged = !allowDamaged && damaged.test(text);
  if (!isLong && !isDamaged) return none;
  return [
    ...(isLong ? (["ref_id_too_long"] as const) : []),
    ...(isDamaged ? (["ref_id_damaged"] as const) : []),
  ];
}

const none: readonly RejectCode[] = [];
