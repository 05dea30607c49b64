import { resolve } from "node:path";
import { counted } from "../../functions/counted.ts";
import { checkFile } from "../../functions/import/check.ts";
import { rejectCodes } from "../../functions/import/rejects.ts";
import type { ImportReport, Reject } from "../../functions/import/report.ts";
import { usualSettings, type ImportSettings } from "../../functions/import/settings.ts";
import { scratch } from "../../infra/scratch.ts";
import { openStoredFile } from "../../infra/stored-file.ts";
import { openParquet } from "../../infra/parquet/parquet.ts";
import type { Command } from "../command.ts";
import { exitCodes, failed, wrongUsage } from "../failure.ts";
import { readingOptions, typedReading } from "../nouns/imports.ts";
import { shown, type Typed } from "../typed.ts";
import { factLines, tableLines } from "../terminal/layout.ts";
import { json } from "../terminal/visible.ts";
import { visible } from "../terminal/visible.ts";

const rejectsShown = 20;
const rejectsMax = 100_000;
/** Of their records, whatever number is asked for. */
const rawBytesMax = 64 * 1024 * 1024;

export const importsCheck: Command = {
  name: "imports check",
  summary: "check a file of backend events before it is sent: no server, nothing is written",
  args: [{ name: "FILE", says: "CSV or Parquet, as it is or in gzip or zip" }],
  options: {
    zone: { value: "ZONE", says: "where today is, such as Europe/Amsterdam; this machine's where left out" },
    ...readingOptions,
    now: { value: "INSTANT", says: "as if it were then, such as 2026-11-21T08:00:00Z" },
    rejects: {
      value: "N",
      says: `show so many bad rows, 0 to ${rejectsMax}; ${rejectsShown} where left out`,
    },
    json: { says: "print one JSON object" },
  },
  notes: [
    "The columns are date, ev, reference_ev, reference_id and value; docs/imports.md explains them, and every code.",
    "Leaves with 1 where the whole file would fail; bad rows alone are told, and the others would be imported.",
    "",
    "Example: afterclick imports check backend_2026-11-20.csv --zone Europe/Amsterdam",
  ],
  async run(typed, { terminal, settings: { workingDir } }) {
    const settings = settingsOf(typed);
    const now = nowOf(typed);
    const shownMax = typed.whole("rejects", { min: 0, max: rejectsMax, usual: rejectsShown });
    const [path] = typed.args as [string];
    const file = await openStoredFile(resolve(workingDir, path)).catch((error: unknown) => {
      throw cannotRead(path, error);
    });
    const rejects: Reject[] = [];
    let rawBytes = 0;
    const keep = (some: readonly Reject[]) => {
      for (const reject of some) {
        if (rejects.length >= shownMax || rawBytes > rawBytesMax) return;
        rawBytes += 2 * (reject.raw?.length ?? 0);
        rejects.push(reject);
      }
    };
    const tools = { importId: "", now, sink: { rejects: keep }, parquet: openParquet, scratch };
    const report = await checkFile(file, settings, tools).catch((error: unknown) => {
      throw cannotRead(path, error);
    });
    if (typed.flag("json")) await terminal.out(`${json(asJson(path, report, rejects), 2)}\n`);
    else {
      await terminal.out(`${factLines(facts(report), terminal.width).join("\n")}\n`);
      if (rejects.length > 0) await terminal.out(`\n${rejectLines(rejects, terminal.width).join("\n")}\n`);
      const left = report.rejected - rejects.length;
      if (left > 0)
        terminal.say(`${counted(left, "bad row is", "bad rows are")} not shown: raise --rejects.`);
      for (const hint of report.hints) terminal.say(visible(hint));
    }
    return report.state === "failed" ? exitCodes.failed : exitCodes.done;
  },
};

function settingsOf(typed: Typed): ImportSettings {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return { ...usualSettings, zone: timeZone, ...typedReading(typed) };
}

function nowOf(typed: Typed): () => number {
  const text = typed.text("now");
  if (text === undefined) return Date.now;
  const ms = Date.parse(text);
  if (Number.isNaN(ms))
    throw wrongUsage(`--now is ${shown(text)}; allowed is an instant such as 2026-11-21T08:00:00Z.`);
  return () => ms;
}

/** What the disk says; a fault of the file itself is in the report. */
function cannotRead(path: string, error: unknown): unknown {
  const { code } = error as { code?: unknown };
  if (typeof code !== "string" || !/^E[A-Z]+$/.test(code)) return error;
  const why =
    code === "ENOENT"
      ? "there is no such file"
      : code === "EISDIR"
        ? "it is no file"
        : `it cannot be read (${code})`;
  return failed(`FILE is ${shown(path)}: ${why}. Name a file of CSV or Parquet.`, error);
}

function facts(report: ImportReport): [string, unknown][] {
  const { reason, code, line, warnings, dates } = report;
  const days = Object.keys(dates).sort();
  const said = (name: string, value: unknown): [string, unknown][] =>
    value === undefined || value === null || value === "" ? [] : [[name, value]];
  return [
    ["state", report.state],
    ...said("code", code),
    ...said("line", line),
    ...said("reason", reason),
    ...said("kind", [report.container, report.kind].filter((part) => part !== null).join(", ")),
    ...said("encoding", report.encoding),
    ...said("delimiter", report.delimiter === "\t" ? "tab" : report.delimiter),
    ...said("numbers", report.number_format),
    ["rows", report.rows],
    ["accepted", report.imported],
    ["rejected", report.rejected],
    ...Object.entries(report.codes).map(([name, count]): [string, unknown] => [`  ${name}`, count]),
    ...said("days", days.length > 1 ? `${days[0]} to ${days.at(-1)}: ${days.length}` : days[0]),
    ...said("other columns", report.ignored_columns.join(", ")),
    ...Object.entries(warnings).filter(([, count]) => count > 0),
  ];
}

function rejectLines(rejects: readonly Reject[], width: number | undefined): string[] {
  const columns = ["row", "where", "column", "code", "value", "what to do"].map((name) => ({ name }));
  const rows = rejects.flatMap(({ row, line_first, row_group, row_in_group, faults }) =>
    faults.map(({ code, field, value, hint }) => [
      row,
      line_first === undefined ? `row ${row_in_group} of group ${row_group}` : `line ${line_first}`,
      field ?? "",
      code,
      value ?? "",
      hint ?? rejectCodes[code][1],
    ]),
  );
  return tableLines(columns, rows, width);
}

function asJson(file: string, report: ImportReport, rejects: readonly Reject[]): Record<string, unknown> {
  return {
    file,
    ...report,
    rejects: rejects.map(({ faults, ...where }) => ({
      ...where,
      faults: faults.map(({ field, ...fault }) => ({
        ...fault,
        ...(field !== undefined && { column: field }),
        says: rejectCodes[fault.code][0],
        fix: rejectCodes[fault.code][1],
      })),
    })),
    rejects_left_out: report.rejected - rejects.length,
  };
}
