import { linkStates } from "../../functions/import/links/one-by-one/events.ts";
import type { LinkReport } from "../../functions/import/links/report.ts";
import { linkReasons } from "../../functions/import/links/settings.ts";
import { path, search } from "../api/api.ts";
import type { Command } from "../command.ts";
import { wrongUsage } from "../failure.ts";
import { importArgument } from "../nouns/imports.ts";
import { reportLines, reportShape, shareLines } from "../nouns/links.ts";
import { json } from "../terminal/visible.ts";

export const importsLinks: Command = {
  name: "imports links",
  summary: "say how many events of an import are linked to web events, by day, and why others are not",
  args: [importArgument],
  options: {
    first: { value: "DATE", says: "the first day of the events; all where left out" },
    last: { value: "DATE", says: "the last one" },
    source: { value: "NAME", says: "what the web events are called; all where left out" },
    csv: { says: "print the events one by one as CSV, each with its web event or why there is none" },
    state: { value: "STATE", says: `with --csv: only those that are ${linkStates.join(", ")}` },
    reason: { value: "REASON", says: "with --csv: only those that are not linked for this reason" },
    json: { says: "print the report as JSON" },
  },
  notes: [
    "Those that wait are no failure: their web event may still come. imports link makes the links.",
    "",
    "Example: afterclick imports links crm --csv --state unlinked > unlinked.csv",
  ],
  async run(typed, { api, terminal }) {
    const days = { first: typed.day("first"), last: typed.day("last") };
    const which = {
      state: typed.oneOf("state", linkStates),
      reason: typed.oneOf("reason", linkReasons),
    };
    const address = path`/v1/imports/${typed.args[0]!}/links`;
    if (typed.flag("csv")) {
      const events = `${address}/events.csv${search({ ...days, ...which })}`;
      const decoder = new TextDecoder();
      for await (const chunk of (await api.open({
        path: events,
        accept: "text/csv",
      })) as AsyncIterable<Buffer>)
        await terminal.out(decoder.decode(chunk, { stream: true }));
      return;
    }
    if (which.state !== undefined || which.reason !== undefined)
      throw wrongUsage("--state and --reason choose events; give --csv with them.");
    const report = await api.ask<LinkReport>(
      { path: address + search({ ...days, source: typed.text("source") }) },
      reportShape,
    );
    if (typed.flag("json")) return terminal.out(`${json(report, 2)}\n`);
    const parts = [reportLines(report, terminal.width)];
    for (const [name, shares] of [
      ["date", report.by_date],
      ["ev", report.by_ev],
      ["reference_ev", report.by_reference_ev],
    ] as const)
      if (shares.length > 0) parts.push(shareLines(name, shares, terminal.width).join("\n"));
    await terminal.out(`${parts.join("\n\n")}\n`);
  },
};
