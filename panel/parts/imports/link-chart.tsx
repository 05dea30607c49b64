import type { Share } from "../../../functions/import/links/report.ts";
import { Column, Table } from "../table.tsx";
import { Count, counted } from "../text.tsx";

/** What share of each day's events is linked: what still waits is a band of its own, and no failure. */

const [left, top, bottom, barMax] = [40, 11, 156, 28];
const width = 620;

/** @param props.days the oldest first */
export function LinkChart({ days }: { days: readonly Share[] }) {
  const events = days.reduce((sum, day) => sum + day.events, 0);
  const of = (what: "linked" | "waiting" | "unlinked") => days.reduce((sum, day) => sum + day[what], 0);
  const shares = days.map((day) => `${percent(day.linked, day.events)} %`).join(", ");
  const between = `${days[0]?.name} to ${days.at(-1)?.name}`;
  return (
    <section class="card" aria-labelledby="share">
      <figure class="chart">
        <figcaption id="share">
          Linked per day{" "}
          <small>
            Of {counted(events, "event")} from {between}, <Count of={of("linked")} /> are linked,{" "}
            <Count of={of("waiting")} /> wait, <Count of={of("unlinked")} /> are unlinked.
          </small>
        </figcaption>
        <div class="plot" tabindex={0} role="region" aria-label="Linked per day, chart">
          <svg
            viewBox={`0 0 ${width} 180`}
            role="img"
            aria-label={`Share linked per day, ${between}: ${shares}`}
          >
            {[0, 50, 100].map((share) => (
              <>
                <path class="grid" d={`M${left} ${heightOf(share)}H${width - 10}`} />
                <text x={left - 6} y={heightOf(share) + 4} text-anchor="end">
                  {share} %
                </text>
              </>
            ))}
            <g class="bars">
              {days.map((day, index) => (
                <Bar key={day.name} day={day} x={xOf(index, days.length)} width={barOf(days.length)} />
              ))}
            </g>
            {days.map(
              (day, index) =>
                index % Math.ceil(days.length / 7) === 0 && (
                  <text
                    key={day.name}
                    x={xOf(index, days.length) + barOf(days.length) / 2}
                    y="175"
                    text-anchor="middle"
                  >
                    {day.name.slice(5)}
                  </text>
                ),
            )}
          </svg>
        </div>
        <Key />
      </figure>
      <details>
        <summary>Show numbers</summary>
        <Table
          id="share-n"
          caption="Linked per day"
          head={
            <>
              <Column>Day</Column>
              <Column class="n">Events</Column>
              <Column class="n">Linked</Column>
              <Column class="n">Waiting</Column>
              <Column class="n">Unlinked</Column>
            </>
          }
        >
          {days.toReversed().map((day) => (
            <tr key={day.name}>
              <th scope="row">{day.name}</th>
              {(["events", "linked", "waiting", "unlinked"] as const).map((what) => (
                <td key={what} class="n">
                  <Count of={day[what]} />
                </td>
              ))}
            </tr>
          ))}
        </Table>
      </details>
    </section>
  );
}

export const percent = (part: number, of: number): string =>
  of === 0 ? "0" : ((100 * part) / of).toFixed(1);

const heightOf = (share: number): number => bottom - ((bottom - top) * share) / 100;
const stepOf = (days: number): number => (width - 10 - left) / Math.max(1, days);
const barOf = (days: number): number => Math.max(1, Math.min(barMax, stepOf(days) - 2));
const xOf = (index: number, days: number): number => left + index * stepOf(days) + 1;

function Bar({ day, x, width: wide }: { day: Share; x: number; width: number }) {
  if (day.events === 0) return null;
  const tall = (part: number) => ((bottom - top) * part) / day.events;
  const [linked, waiting, unlinked] = [tall(day.linked), tall(day.waiting), tall(day.unlinked)];
  return (
    <>
      {linked > 0 && <rect class="b" x={x} y={bottom - linked} width={wide} height={linked} />}
      {waiting > 0 && (
        <rect fill="url(#hatch-wait)" x={x} y={bottom - linked - waiting} width={wide} height={waiting} />
      )}
      {unlinked > 0 && (
        <rect
          class="x"
          fill="url(#hatch-unlinked)"
          x={x}
          y={bottom - linked - waiting - unlinked}
          width={wide}
          height={unlinked}
        />
      )}
    </>
  );
}

/** What the bands mean, and the patterns that they are drawn with: once a page. */
function Key() {
  const pattern = (id: string, turned: number, more: string) => (
    <pattern
      id={id}
      class={`hatch${more}`}
      width="4"
      height="4"
      patternUnits="userSpaceOnUse"
      patternTransform={`rotate(${turned})`}
    >
      <rect width="4" height="4" />
      <path d="M0 0v4" />
    </pattern>
  );
  return (
    <>
      <ul class="key">
        {(
          [
            ["linked", { class: "b" }],
            ["still waiting", { fill: "url(#hatch-wait)" }],
            ["unlinked", { class: "x", fill: "url(#hatch-unlinked)" }],
          ] as const
        ).map(([word, drawn]) => (
          <li key={word}>
            <svg class="bars" width="10" height="12" aria-hidden="true">
              <rect width="10" height="12" {...drawn} />
            </svg>
            {word}
          </li>
        ))}
      </ul>
      <svg class="vh" aria-hidden="true" focusable="false">
        <defs>
          {pattern("hatch-unlinked", 45, "")}
          {pattern("hatch-wait", -45, " wait")}
        </defs>
      </svg>
    </>
  );
}
