import { dayStates } from "../../../functions/import/days/judge.ts";
import type { Share } from "../../../functions/import/links/report.ts";
import type { FileView } from "../../../functions/import/load/views.ts";
import type { Sample } from "../../../functions/import/sample.ts";
import { UploadState } from "../../islands/imports/upload.tsx";
import { Block } from "../../parts/frame.tsx";
import { DayBadge, DayLegend, DayStrip } from "../../parts/imports/days.tsx";
import { LinkChart } from "../../parts/imports/link-chart.tsx";
import { FileBadge } from "../../parts/imports/files.tsx";
import { SampleReport } from "../../parts/imports/sample.tsx";

/** Files of backend events: what became of them, how far one is, and what a sample says. */
const states: readonly FileView["state"][] = [
  "checking",
  "imported",
  "imported_with_rejects",
  "waiting",
  "failed",
  "duplicate",
  "superseded",
  "removed",
];

const warnings = {
  trimmed: 0,
  date_midnight: 0,
  value_rounded: 0,
  blank_rows: 0,
  id_is_event_name: 0,
  equal_rows: 0,
};
const found = {
  kind: "csv",
  container: "gzip",
  encoding: "utf-8",
  delimiter: ";",
  number_format: "dot",
  number_proof: { text: "24990.50", where: "line 3" },
  rows: 3,
  imported: 2,
  rejected: 1,
  codes: { date_format: 1 },
  warnings,
  hints: ["NaN stands for no value? List it under the NULL words of the import."],
  ignored_columns: ["customer"],
  columns: ["day", "event", "reference_ev", "reference_id", "customer"],
  dates: { "2026-11-26": 2 },
} as const;

const sample: Sample = {
  report: { state: "imported_with_rejects", ...found, hints: [...found.hints] },
  columns: [
    { field: "date", found: "day", isRequired: true, examples: ["2026-11-26"], bad: 1 },
    { field: "ev", found: "event", isRequired: true, examples: ["deal_closed"], bad: 0 },
    { field: "reference_ev", found: undefined, isRequired: true, examples: [], bad: 0 },
    { field: "value", found: undefined, isRequired: false, examples: [], bad: 0 },
  ],
  rows: [
    {
      event_id: "",
      row: 1,
      date: "2026-11-26",
      ev: "deal_closed",
      reference_ev: ["lead_form"],
      reference_id: "0012234",
      value: null,
    },
  ],
  rejects: [
    {
      row: 2,
      line_first: 3,
      faults: [{ code: "date_format", field: "date", value: "26.11.2026" }],
    },
    { row: 3, row_group: 1, row_in_group: 3, faults: [{ code: "columns_too_few", field: undefined }] },
  ],
};
const unread: Sample = {
  ...sample,
  columns: [],
  rows: [],
  rejects: [],
  report: {
    ...found,
    state: "failed",
    kind: null,
    columns: [],
    hints: [],
    code: "encoding_unknown",
    reason: "Line 2 is no UTF-8.",
    readings: [
      { encoding: "windows-1252", text: "Café" },
      { encoding: "windows-1251", text: "Cafй" },
    ],
  },
};

const days: readonly Share[] = [
  [12, 9, 0],
  [17, 15, 2],
  [0, 0, 0],
  [20, 8, 11],
].map(([events = 0, linked = 0, waiting = 0], index) => ({
  name: `2026-11-${24 + index}`,
  events,
  linked,
  waiting,
  unlinked: events - linked - waiting,
  several: 0,
  value: "0",
  linked_value: "0",
}));

export function ImportParts() {
  return (
    <Block id="imports" title="Files of backend events">
      <div class="row">
        {states.map((state) => (
          <FileBadge key={state} state={state} />
        ))}
      </div>
      <div class="row">
        {dayStates.map((state) => (
          <DayBadge key={state} state={state} />
        ))}
      </div>
      <DayStrip days={dayStates.map((state, index) => ({ date: `2026-11-${14 + index}`, state }))} />
      <DayLegend />
      <LinkChart days={days} />
      {(["sending", "waiting", "stopped"] as const).map((is) => (
        <UploadState key={is} progress={{ is, received: 220, bytes: 536 }} />
      ))}
      <UploadState progress={{ is: "refused", why: "The file has more bytes than are accepted." }} />
      <form class="stack" action="#imports">
        <SampleReport sample={sample} action="#imports" />
      </form>
    </Block>
  );
}

/** Ids are those of the page that it stands on, so that it is shown by itself. */
export function UnreadSample() {
  return (
    <Block id="unread" title="A sample that cannot be read">
      <form class="stack" action="#unread">
        <SampleReport sample={unread} action="#unread" />
      </form>
    </Block>
  );
}
