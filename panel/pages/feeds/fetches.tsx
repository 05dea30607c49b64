import type { Fetch } from "../../../functions/feeds/fetches/state.ts";
import { Badge, type Tone } from "../../parts/badge.tsx";
import type { SymbolName } from "../../parts/sym.tsx";
import { counted } from "../../parts/text.tsx";

/** What became of a fetch, in a word and in a sentence. */

const states: Record<Fetch["state"], { tone: Tone; symbol: SymbolName; word: string }> = {
  taken: { tone: "ok", symbol: "ok", word: "Taken" },
  failed: { tone: "bad", symbol: "bad", word: "Failed" },
  waiting: { tone: "warn", symbol: "warn", word: "Waits for you" },
};

export function FetchBadge({ state }: Pick<Fetch, "state">) {
  const { tone, symbol, word } = states[state];
  return (
    <Badge tone={tone} symbol={symbol} fill={state !== "taken"}>
      {word}
    </Badge>
  );
}

const formats: Partial<Record<NonNullable<Fetch["format"]>, string>> = {
  array: "It was one array, not a record a line.",
  pseudo_array: "There were commas between the records.",
};

export function fetchSentence(fetch: Fetch): string {
  const { state, reason, rows = 0, rows_before, format, mixed = [], mixed_count, hint } = fetch;
  if (state !== "taken") return `${reason ?? "It is not known why."} The table is as it was.`;
  const before = rows_before === undefined ? "" : ` in the place of ${rows_before}`;
  return [
    `${counted(rows, "record")}${before}.`,
    format && formats[format],
    ...mixed.map(({ field, types }) => `${field} is ${types.join(" and ")}, and so a STRING.`),
    mixed_count !== undefined && `${mixed_count} fields of several types in all.`,
    hint,
  ]
    .filter(Boolean)
    .join(" ");
}
