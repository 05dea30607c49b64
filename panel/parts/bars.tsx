import { counted } from "./text.tsx";

/** One day: what arrived, and of what was refused a hatched part on top. */
export interface Bar {
  readonly date: string;
  readonly hits: number;
  readonly refused: number;
}

const [step, width, height] = [7, 5, 25];

/** Hits per day in a row of a table; the last one is today. Its numbers stand in its label. */
export function Bars({ of, bars }: { of: string; bars: readonly Bar[] }) {
  const most = Math.max(1, ...bars.map(({ hits, refused }) => hits + refused));
  const tall = (value: number) => (value === 0 ? 0 : Math.max(1, (value / most) * (height - 1)));
  const refused = bars.reduce((sum, bar) => sum + bar.refused, 0);
  const numbers = bars.map(({ hits }) => hits).join(", ");
  const label = `${of}, hits per day from ${bars[0]?.date} to ${bars.at(-1)?.date}: ${numbers}${refused === 0 ? "" : `; refused ${counted(refused, "request")} in all`}`;
  return (
    <svg class="bars" width="98" height="26" viewBox="0 0 98 26" role="img" aria-label={label}>
      <path class="base" d="M0 25.5h98" />
      {bars.map((bar, index) => {
        const [x, full, odd] = [index * step + 0.5, tall(bar.hits), tall(bar.refused)];
        return (
          <>
            {full > 0 && (
              <rect
                class={index === bars.length - 1 ? "now" : "b"}
                x={x}
                y={height - full}
                width={width}
                height={full}
              />
            )}
            {odd > 0 && (
              <rect
                class="x"
                fill="url(#hatch)"
                x={x}
                y={Math.max(0, height - full - odd)}
                width={width}
                height={odd}
              />
            )}
          </>
        );
      })}
    </svg>
  );
}

/** What bars mean, and the pattern that they are drawn with: once a page. */
export function BarsKey() {
  return (
    <>
      <ul class="key">
        <li>
          <svg class="bars" width="10" height="12" aria-hidden="true">
            <rect class="b" width="10" height="12" />
          </svg>
          hits
        </li>
        <li>
          <svg class="bars" width="10" height="12" aria-hidden="true">
            <rect class="now" width="10" height="12" />
          </svg>
          today so far
        </li>
        <li>
          <svg class="bars" width="10" height="12" aria-hidden="true">
            <rect class="x" x=".5" y=".5" width="9" height="11" fill="url(#hatch)" />
          </svg>
          refused
        </li>
      </ul>
      <svg class="vh" aria-hidden="true" focusable="false">
        <defs>
          <pattern
            id="hatch"
            class="hatch"
            width="4"
            height="4"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <rect width="4" height="4" />
            <path d="M0 0v4" />
          </pattern>
        </defs>
      </svg>
    </>
  );
}
