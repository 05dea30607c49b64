import { calendarOf } from "../../functions/streams/calendar.ts";
import type { StreamForm } from "../stream-form.ts";
import { useFields } from "./use-fields.ts";

const dayMs = 86_400_000;

/** Which day a hit belongs to at the chosen offset. */
export function OffsetPreview({ initial, now }: { initial: StreamForm; now: number }) {
  const { offset } = useFields(initial);
  const calendar = calendarOf(offset);
  if (calendar === undefined)
    return <p>Choose an offset or a zone: it decides which day a hit belongs to.</p>;
  const today = Math.floor(now / dayMs) * dayMs;
  return (
    <>
      {["00:30", "23:30"].map((clock) => (
        <p key={clock}>
          A hit at {clock} UTC today gets the date{" "}
          <strong>{calendar(today + Number(clock.slice(0, 2)) * 3_600_000 + 1_800_000)}</strong>.
        </p>
      ))}
      <p>{summerTime(offset, today)}</p>
    </>
  );
}

function summerTime(offset: string, today: number): string {
  if (offset === "UTC" || /^[+-]/.test(offset)) return "Does not follow summer time.";
  const wall = new Intl.DateTimeFormat("en-US", {
    timeZone: offset,
    timeZoneName: "longOffset",
    hour: "2-digit",
  });
  const shift = (at: number) => wall.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value;
  for (let day = 1; day <= 366; day++) {
    const at = today + day * dayMs;
    if (shift(at) === shift(at - dayMs)) continue;
    const date = new Intl.DateTimeFormat("en-GB", {
      timeZone: offset,
      day: "numeric",
      month: "short",
      year: "numeric",
    });
    return `Follows summer time; next change on ${date.format(at - dayMs / 2)}.`;
  }
  return "Has no summer time in the next year.";
}
