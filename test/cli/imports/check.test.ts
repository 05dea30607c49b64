import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { afterclick } from "../../support/cli.ts";

const workingDir = fileURLToPath(new URL("../../import/cases/files/", import.meta.url));
const at = ["--now", "2026-11-21T08:00:00Z", "--zone", "Europe/Amsterdam"];
const check = (...argv: string[]) =>
  afterclick(["imports", "check", ...argv], { url: "http://127.0.0.1:1", workingDir });

test("imports check says what was found, and each bad row with what to do, without a server", async () => {
  const { code, out, err } = await check("several_faults.csv", ...at);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/^state +imported_with_rejects$/m);
  expect(out).toMatch(/^accepted +1$/m);
  expect(out).toMatch(/^ +2 \| line 3 +\| date +\| date_not_real +\| 2026-02-30 +\| Correct the date\.$/m);
});

test("a file that would fail leaves with 1, its code, its line and the reason", async () => {
  const { code, out } = await check("quote_not_closed_line_3.csv", ...at);
  expect(code).toBe(1);
  expect(out).toMatch(/^code +quote_not_closed$/m);
  expect(out).toMatch(/^line +3$/m);
  expect(out).toMatch(/^reason +A quote opened in line 3/m);
});

test("--json is one object, with the bad rows that were asked for and the number of the others", async () => {
  const { code, out } = await check("several_faults.csv", ...at, "--json", "--rejects", "1");
  expect(code).toBe(0);
  const report = JSON.parse(out) as Record<string, unknown>;
  expect(report).toMatchObject({
    file: "several_faults.csv",
    state: "imported_with_rejects",
    rows: 4,
    imported: 1,
    rejects_left_out: 2,
    rejects: [{ row: 2, line_first: 3, raw: "2026-02-30,,,,abc" }],
  });
  const [{ faults }] = report["rejects"] as [{ faults: Record<string, unknown>[] }];
  expect(faults[0]).toEqual({
    code: "date_not_real",
    column: "date",
    column_number: 1,
    value: "2026-02-30",
    says: "The calendar has no such day.",
    fix: "Correct the date.",
  });
});

test.each([
  ["encoding", "enc_windows-1251_not_set.csv", ["--encoding", "windows-1251"], "imported"],
  ["number format", "value_ambiguous.csv", ["--number-format", "dot"], "imported"],
  ["date format", "lo_german_dates_not_set.csv", ["--date-format", "DD.MM.YYYY"], "imported"],
  ["NULL words", "pg_copy_text_null_not_set.tsv", ["--null-word", "NULL", "--null-word", "\\N"], "imported"],
  ["ids that look damaged", "r_numeric_id_allowed.csv", ["--allow-damaged-ids"], "imported"],
  ["no header", "header_none_set.csv", ["--header", "none"], "imported"],
  ["so many bad rows", "ragged_too_few.csv", ["--reject-rows", "0"], "failed"],
  ["so many of a hundred", "threshold_11_of_13.csv", ["--reject-percent", "100"], "imported_with_rejects"],
  [
    "older dates",
    "date_future_and_old.csv",
    ["--max-age-days", "100000", "--reject-rows", "3"],
    "imported_with_rejects",
  ],
  [
    "instants",
    "pq_timestamp_utc_converted_new_york.parquet",
    ["--convert-instants", "--zone", "America/New_York"],
    "imported",
  ],
  ["the zone", "date_today_amsterdam_after_midnight.csv", ["--zone", "Asia/Tokyo"], "imported_with_rejects"],
])("the setting %s is an option", async (_, file, options, state) => {
  const now = file.startsWith("date_today") ? "2026-11-20T23:30:00Z" : "2026-11-21T08:00:00Z";
  const zone = options.includes("--zone") ? [] : ["--zone", "Europe/Amsterdam"];
  const { out } = await check(file, "--now", now, ...zone, ...options, "--json");
  expect((JSON.parse(out) as { state: string }).state).toBe(state);
});

test("hints are said beside the answer", async () => {
  const { err } = await check("value_mixed_formats.csv", ...at);
  expect(err).toContain('"1.50" in line 2 and "2,50" in line 3');
});

test.each([
  [["none.csv"], 1, 'FILE is "none.csv": there is no such file'],
  [["."], 1, 'FILE is ".": it is no file'],
  [["duckdb.csv", "--zone", "Mars"], 2, '--zone is "Mars"; allowed is a zone'],
  [["duckdb.csv", "--now", "soon"], 2, '--now is "soon"; allowed is an instant'],
  [["duckdb.csv", "--encoding", "latin1"], 2, '--encoding is "latin1"; allowed are windows-1252'],
])("%j is refused in one sentence", async (argv, code, sentence) => {
  expect(await check(...argv)).toMatchObject({ code, out: "", err: expect.stringContaining(sentence) });
});
