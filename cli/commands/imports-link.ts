import type { AskedLinks } from "../../functions/import/links/asked.ts";
import type { LinkedAnswer } from "../../functions/import/links/link.ts";
import { presets, timeUnits, type Preset } from "../../functions/import/links/presets.ts";
import type { LinkReport } from "../../functions/import/links/report.ts";
import { linkChoices, linkOrders, usualLinkSettings } from "../../functions/import/links/settings.ts";
import type { ImportView } from "../../functions/import/registered/imports.ts";
import { path, search } from "../api/api.ts";
import type { Command, Tools } from "../command.ts";
import { wrongUsage } from "../failure.ts";
import { defined, importArgument } from "../nouns/imports.ts";
import { reportLines, reportShape } from "../nouns/links.ts";
import { json } from "../terminal/visible.ts";
import type { Typed } from "../typed.ts";

export const importsLink: Command = {
  name: "imports link",
  summary: "link the events of an import to web events, and say how many are and why others are not",
  args: [importArgument],
  options: {
    table: {
      value: "TABLE",
      says: "where the web events are: a table or view, as dataset.table; what the import keeps where left out",
    },
    preset: { value: "NAME", says: `${Object.keys(presets).join(" or ")}: the columns are known` },
    ev: { value: "CELL", says: "the name of a web event" },
    "transaction-id": { value: "CELL", says: "its id, which reference_id equals" },
    time: { value: "CELL", says: "when it happened" },
    "time-unit": { value: "UNIT", says: `of the time: ${timeUnits.join(", ")}; timestamp where left out` },
    "web-event-id": {
      value: "CELL",
      says: "what names the row; repeated: all of them together",
      repeated: true,
    },
    day: {
      value: "COLUMN",
      says: "of type DATE, by which the table is partitioned: then days of it are read",
    },
    zone: { value: "ZONE", says: "whose days the web events have; UTC where left out" },
    source: { value: "NAME", says: "what these web events are called; the table's name where left out" },
    first: {
      value: "DATE",
      says: "from which day on web events are read anew; the last four where left out",
    },
    last: { value: "DATE", says: "until which; today where left out" },
    order: {
      value: "ORDER",
      says: "given, or any: all names of reference_ev are equal; given where left out",
    },
    choice: { value: "CHOICE", says: "of several web events the latest or the first; latest where left out" },
    "look-back-days": { value: "N", says: "how far before the date a web event may be; 400 where left out" },
    "after-days": {
      value: "N",
      says: "and after it, where there is none before; 35 where left out, 0: never",
    },
    "window-days": { value: "N", says: "how long an event waits for its web event; 35 where left out" },
    all: { says: "look at final events too" },
    keep: {
      says: "keep which web events they are on the import: from then on its links are made by themselves",
    },
    json: { says: "print it as JSON" },
  },
  notes: [
    "A CELL is a column (ev; of a record ecommerce.transaction_id), a value within a column of JSON",
    "(fields:$.order.id), or the same text for all rows (=lead). Linking again is harmless.",
    "imports links shows the report by day, and the events one by one.",
    "",
    "Example: afterclick imports link crm --preset stream --table site.leads_unique --ev =lead_form --transaction-id 'fields:$.id'",
  ],
  async run(typed, { api, terminal }) {
    const name = typed.args[0]!;
    const body = await keptFirst(name, askedOf(typed), { typed, api });
    const done = await api.ask<LinkedAnswer>(
      { method: "POST", path: path`/v1/imports/${name}/link`, body },
      {
        source: "string",
        first: "string",
        last: "string",
        changed: "number",
        linked: "number",
        moved: "number",
      },
    );
    const report = await api.ask<LinkReport>(
      { path: path`/v1/imports/${name}/links` + search({ source: done.source }) },
      reportShape,
    );
    if (typed.flag("json")) return terminal.out(`${json({ ...done, report }, 2)}\n`);
    const facts: [string, unknown][] = [
      ["web events", `${done.source}, ${done.first} to ${done.last}`],
      [
        "changed",
        `${done.changed}: ${done.linked} linked now, ${done.moved} to another web event than before`,
      ],
    ];
    await terminal.out(`${reportLines(report, terminal.width, facts)}\n`);
  },
};

/** With --keep the import gets what was typed of web events first. @returns what is asked of the run */
async function keptFirst(
  name: string,
  asked: AskedLinks,
  { typed, api }: { typed: Typed; api: Tools["api"] },
): Promise<AskedLinks> {
  if (!typed.flag("keep")) return asked;
  if (asked.table === undefined) throw wrongUsage("--keep needs --table TABLE: which web events are kept.");
  const { first, last, all, ...web_events } = asked;
  await api.ask<ImportView>(
    { method: "PATCH", path: path`/v1/imports/${name}`, body: { web_events } },
    { name: "string" },
  );
  return defined({ first, last, all });
}

/** @throws wrong usage */
function askedOf(typed: Typed): AskedLinks {
  const ids = typed.texts("web-event-id");
  const days = (option: string, usual: number) =>
    typed.text(option) === undefined ? undefined : typed.whole(option, { min: 0, max: 10_000, usual });
  return defined({
    table: typed.text("table"),
    preset: typed.oneOf("preset", Object.keys(presets) as Preset[]),
    ev: typed.text("ev"),
    transaction_id: typed.text("transaction-id"),
    time: typed.text("time"),
    time_unit: typed.oneOf("time-unit", timeUnits),
    web_event_id: ids.length === 0 ? undefined : ids,
    day: typed.text("day"),
    zone: typed.text("zone"),
    source: typed.text("source"),
    first: typed.text("first"),
    last: typed.text("last"),
    order: typed.oneOf("order", linkOrders),
    choice: typed.oneOf("choice", linkChoices),
    look_back_days: days("look-back-days", usualLinkSettings.look_back_days),
    after_days: days("after-days", usualLinkSettings.after_days),
    window_days: days("window-days", usualLinkSettings.window_days),
    all: typed.flag("all") || undefined,
  });
}
