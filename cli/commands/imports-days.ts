import { lateText } from "../../functions/import/days/late.ts";
import type { ImportDay } from "../../functions/import/days/judge.ts";
import { path, search } from "../api/api.ts";
import type { Command } from "../command.ts";
import { importArgument } from "../nouns/imports.ts";
import { tableLines } from "../terminal/layout.ts";
import { utcText } from "../terminal/times.ts";
import { json } from "../terminal/visible.ts";

export const importsDays: Command = {
  name: "imports days",
  summary: "show whether the data of each day came in time",
  args: [importArgument],
  options: {
    from: { value: "DATE", says: "the first day, YYYY-MM-DD; two weeks where left out, 400 days at most" },
    to: { value: "DATE", says: "the last day; today in the zone of the import where left out" },
    json: { says: "print them as JSON" },
  },
  async run(typed, { api, terminal }) {
    const [from, to] = [typed.day("from"), typed.day("to")];
    const { days } = await api.ask<{ days: ImportDay[] }>(
      { path: path`/v1/imports/${typed.args[0]!}/days` + search({ from, to }) },
      { days: "array" },
    );
    if (typed.flag("json")) return terminal.out(`${json(days, 2)}\n`);
    if (days.length === 0) {
      terminal.say("No day of these has come yet.");
      return;
    }
    const columns = ["day", "state", "rows", "due", "arrived", "late"].map((name) => ({ name }));
    const rows = days.map(({ date, state, rows: events, due_at, first_arrival, late_by }) => [
      date,
      state,
      events,
      utcText(due_at),
      first_arrival === undefined ? "" : utcText(first_arrival),
      late_by === undefined ? "" : lateText(late_by),
    ]);
    await terminal.out(`${tableLines(columns, rows, terminal.width).join("\n")}\n`);
  },
};
