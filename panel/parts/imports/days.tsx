import type { DayState, ImportDay } from "../../../functions/import/days/judge.ts";
import { Badge, type Tone } from "../badge.tsx";
import { Sym, type SymbolName } from "../sym.tsx";
import { counted } from "../text.tsx";

/** Whether the data of each day came in time: a thin tick for what did, a filled shape for what is odd. */
const states: Record<DayState, { tone: Tone; symbol: SymbolName; word: string }> = {
  not_expected: { tone: "quiet", symbol: "no", word: "not expected" },
  waiting: { tone: "quiet", symbol: "todo", word: "waiting" },
  on_time: { tone: "ok", symbol: "tick", word: "on time" },
  on_time_empty: { tone: "ok", symbol: "tick", word: "on time, without events" },
  failed_file: { tone: "bad", symbol: "bad", word: "its file failed" },
  late: { tone: "warn", symbol: "late", word: "late" },
  missing: { tone: "bad", symbol: "missing", word: "missing" },
};

export const isOdd = ({ state }: Pick<ImportDay, "state">): boolean =>
  state === "missing" || state === "failed_file";

export function DayBadge({ state }: { state: DayState }) {
  const { tone, symbol, word } = states[state];
  return (
    <Badge tone={tone} symbol={symbol} fill={isOdd({ state })}>
      {word.charAt(0).toUpperCase() + word.slice(1)}
    </Badge>
  );
}

/** @param props.days the oldest first */
export function DayStrip({ days }: { days: readonly Pick<ImportDay, "date" | "state">[] }) {
  const odd = days.filter(({ state }) => states[state].tone !== "ok" && states[state].tone !== "quiet");
  const onTime = days.filter(({ state }) => states[state].tone === "ok").length;
  const told = odd.map(({ date, state }) => `${states[state].word} ${date}`).join(", ");
  const label = `${days[0]?.date} to ${days.at(-1)?.date}: ${counted(onTime, "day")} on time${told === "" ? "" : `; ${told}`}`;
  return (
    <div class="strip" role="img" aria-label={label}>
      {days.map(({ date, state }) => (
        <span key={date} class={states[state].tone} title={`${date}: ${states[state].word}`}>
          <Sym name={states[state].symbol} />
        </span>
      ))}
    </div>
  );
}

/** What the shapes of a strip say. */
export function DayLegend() {
  return (
    <div class="row">
      {Object.entries(states)
        .filter(([state]) => state !== "on_time_empty")
        .map(([state, { tone, symbol, word }]) => (
          <Badge key={state} tone={tone} symbol={symbol}>
            {word}
          </Badge>
        ))}
    </div>
  );
}

/** `11 h 54 min`, `2 d 3 h`. */
export function duration(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  const [days, hours, rest] = [Math.floor(minutes / 1_440), Math.floor(minutes / 60) % 24, minutes % 60];
  if (days > 0) return `${days} d ${hours} h`;
  return hours > 0 ? `${hours} h ${rest} min` : `${rest} min`;
}
