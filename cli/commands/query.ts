import { counted } from "../../functions/counted.ts";
import { byteOrderMark, csvLine } from "../../functions/csv.ts";
import type { Command } from "../command.ts";
import { wrongUsage } from "../failure.ts";
import { tableLines } from "../terminal/layout.ts";
import { asObjects } from "../terminal/objects.ts";
import { visibleLines } from "../terminal/visible.ts";

export const query: Command = {
  name: "query",
  summary: "run one read-only SELECT in the warehouse",
  args: [{ name: "SQL", says: "one SELECT statement, in quotes" }],
  options: {
    csv: { says: "print CSV (RFC 4180), exact" },
    excel: { says: "with --csv: for a spreadsheet, with a byte order mark and no cell that runs" },
    json: { says: "print JSON, one object a row" },
    raw: { says: "with --json: JSON columns as the text that is stored" },
    limit: {
      value: "N",
      says: "how many rows at most, 1 to 100000; 1000 where left out",
    },
    deadline: {
      value: "SECONDS",
      says: "give up after so long from its turn on, 1 to 300; 30 where left out",
    },
  },
  notes: [
    "Only SELECT: it reads tables and views, and nothing else of the machine.",
    "Queries go one at a time on one machine; a turn is awaited for 10 s at most. Ctrl-C ends the query as well.",
    "",
    'Example: afterclick query "select date, count(*) as hits from example.orders_unique group by date order by date"',
  ],
  async run(typed, { api, terminal }) {
    const limit = typed.whole("limit", { min: 1, max: 100_000, usual: 1000 });
    const deadlineSeconds = typed.whole("deadline", {
      min: 1,
      max: 300,
      usual: 30,
    });
    if (typed.flag("csv") && typed.flag("json"))
      throw wrongUsage("--csv and --json contradict each other; give one.");
    if (typed.flag("raw") && !typed.flag("json")) throw wrongUsage("--raw goes with --json; give both.");
    const excel = typed.flag("excel");
    if (excel && !typed.flag("csv")) throw wrongUsage("--excel goes with --csv; give both.");
    const answer = await api.ask<{
      columns: { name: string; type?: string }[];
      rows: unknown[][];
      truncated?: boolean;
    }>(
      {
        method: "POST",
        path: "/v1/query",
        body: {
          sql: typed.args[0]!,
          rows_max: limit,
          deadline_seconds: deadlineSeconds,
        },
        deadlineMs: (deadlineSeconds + 15) * 1000,
      },
      { columns: "array", rows: "array" },
    );
    const names = answer.columns.map(({ name }) => name);
    if (typed.flag("json")) {
      const types = answer.columns.map(({ type = "" }) => type);
      await terminal.out(asObjects({ names, types, raw: typed.flag("raw") }, answer.rows));
    } else if (typed.flag("csv")) {
      const screen = terminal.width !== undefined;
      if (excel && !screen) await terminal.out(byteOrderMark);
      const how = { excel, ...(screen && { shown: visibleLines }) };
      for (const cells of [names, ...answer.rows]) await terminal.out(csvLine(cells, how));
    } else {
      const columns = names.map((name) => ({ name, whole: name === "hit_id" }));
      await terminal.out(`${tableLines(columns, answer.rows, terminal.width).join("\n")}\n`);
    }
    if (answer.truncated === true) {
      const more =
        answer.rows.length < limit
          ? "more is too large for one answer. Select fewer columns or rows"
          : "raise --limit (to 100000)";
      terminal.say(
        `Only the first ${counted(answer.rows.length, "row is", "rows are")} shown: ${more}, or use afterclick export.`,
      );
    }
  },
};
