import type { ComponentChildren } from "preact";

/** Symbols: each state has a shape of its own, so that it survives print, grey scale and colour blindness. */

const thin = { stroke: "currentColor", "stroke-width": "1.5" };
const inside = { stroke: "var(--surface)", "stroke-width": "1.6" };
const ring = <circle cx="8" cy="8" r="6.2" {...thin} />;
const disc = <circle cx="8" cy="8" r="6.5" fill="currentColor" />;

const drawings = {
  ok: (
    <>
      {disc}
      <path d="m5.2 8.2 2 2 3.6-4" {...inside} />
    </>
  ),
  bad: (
    <>
      <path d="M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3z" fill="currentColor" />
      <path d="M8 4.6v4M8 10.4v1.4" stroke="var(--surface)" stroke-width="1.7" />
    </>
  ),
  warn: (
    <>
      <path d="M8 1.8 15 14H1z" fill="currentColor" stroke="currentColor" stroke-linejoin="round" />
      <path d="M8 6v4M8 11.3v1.4" stroke="var(--surface)" stroke-width="1.5" />
    </>
  ),
  info: (
    <>
      {disc}
      <path d="M8 7.2v4.2M8 4.4v1.4" {...inside} />
    </>
  ),
  new: (
    <>
      {ring}
      <path d="M8 5v6M5 8h6" {...thin} />
    </>
  ),
  paused: <path d="M5.5 3v10M10.5 3v10" stroke="currentColor" stroke-width="2.4" />,
  closed: <rect x="3" y="3" width="10" height="10" rx="1.5" fill="currentColor" />,
  todo: ring,
  no: <path d="M5 8h6" {...thin} />,
  running: (
    <>
      {ring}
      <path d="M8 1.8a6.2 6.2 0 0 1 0 12.4z" fill="currentColor" />
    </>
  ),
  locked: (
    <>
      <rect x="3" y="7" width="10" height="7" rx="1.5" fill="currentColor" />
      <path d="M5.2 7V5a2.8 2.8 0 0 1 5.6 0v2" {...thin} />
    </>
  ),
  streams: <path d="M2 4.5h7M2 8h12M2 11.5h9" {...thin} stroke-linecap="round" />,
  tick: <path d="m4.2 8.4 2.6 2.6 5-5.4" {...thin} />,
  late: (
    <>
      {disc}
      <path d="M5 8h6" {...inside} />
    </>
  ),
  missing: (
    <>
      <rect x="2" y="2" width="12" height="12" rx="1.5" fill="currentColor" />
      <path d="m5.3 5.3 5.4 5.4m0-5.4-5.4 5.4" {...inside} />
    </>
  ),
  imports: <path d="M8 2v7.5M5 7l3 3 3-3M2.5 11.5V14h11v-2.5" {...thin} />,
  tables: <path d="M2.5 3.5h11v9h-11zM2.5 6.5h11M6.5 6.5v6" {...thin} />,
  settings: (
    <>
      <path
        d="M2 4.5h6.2M12.8 4.5H14M2 11.5h1.2M7.8 11.5H14"
        stroke="currentColor"
        stroke-width="1.5"
        stroke-linecap="round"
      />
      <circle cx="10.5" cy="4.5" r="2" {...thin} />
      <circle cx="5.5" cy="11.5" r="2" {...thin} />
    </>
  ),
  find: (
    <>
      <circle cx="7" cy="7" r="4.6" {...thin} />
      <path d="m10.4 10.4 3.6 3.6" {...thin} stroke-linecap="round" />
    </>
  ),
} satisfies Record<string, ComponentChildren>;

export type SymbolName = keyof typeof drawings;
export const symbolNames = Object.keys(drawings) as SymbolName[];

export function Sym({ name }: { name: SymbolName }) {
  return (
    <svg class="sym" viewBox="0 0 16 16" aria-hidden="true">
      {drawings[name]}
    </svg>
  );
}

export function Logo() {
  return (
    <svg viewBox="0 0 22 22" aria-hidden="true">
      <circle cx="8" cy="8" r="6.4" stroke="currentColor" stroke-width="2.2" />
      <circle cx="8" cy="8" r="2.1" fill="currentColor" />
      <circle cx="18" cy="18" r="2.8" fill="currentColor" />
    </svg>
  );
}
