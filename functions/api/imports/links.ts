import {
  cellPattern,
  columnPattern,
  linkImport,
  showLinks,
  sourcePattern,
  webTablePattern,
  type AskedLinks,
  type AskedPorts,
} from "../../import/links/asked.ts";
import { presets, timeUnits } from "../../import/links/presets.ts";
import { linkChoices, linkOrders, linkReasons } from "../../import/links/settings.ts";
import { importParameter } from "./imports.ts";
import { json, jsonAnswer, type Parameter, route, type Route } from "../route.ts";
import { count, day, object, ref, type Schema, type Schemas, text } from "../schema.ts";

/** Links of an import's events to web events. */
export function linkRoutes(ports: AskedPorts): Route[] {
  return [
    route<{ name: string }, unknown, AskedLinks>({
      method: "POST",
      path: "/v1/imports/{name}/link",
      operation: "linkImport",
      role: "editor",
      payloads: "none",
      summary: "Reads web events, and links the events of an import to them; again is harmless",
      parameters: [importParameter],
      body: { type: "object", required: ["table"], properties: askedSchemas, additionalProperties: false },
      answer: jsonAnswer("What was read, and how many links are others now", ref("Linked")),
      problems: ["import_unknown", "query_refused", "table_missing"],
      handle: async ({ path: { name }, body }) => json(await linkImport(ports, name, body)),
    }),

    route<{ name: string }, { source?: string; first?: string; last?: string }>({
      method: "GET",
      path: "/v1/imports/{name}/links",
      operation: "showLinks",
      role: "viewer",
      payloads: "part",
      summary: "How many events of an import are linked, and why the others are not",
      parameters: [
        importParameter,
        {
          name: "source",
          in: "query",
          description: "the name of the web events, as linking tells it; all where left out",
          schema: { type: "string", pattern: sourcePattern },
        },
        dayParameter("first", "the first day of the events; all where left out"),
        dayParameter("last", "the last day of the events"),
      ],
      answer: jsonAnswer("The report", ref("LinkReport")),
      problems: ["import_unknown", "table_missing"],
      handle: async ({ path: { name }, query: { first = "0001-01-01", last = "9999-12-31", ...query } }) =>
        json(await showLinks(ports, name, { ...query, first, last })),
    }),
  ];
}

const cell = (description: string): Schema => ({ description, type: "string", pattern: cellPattern });

const days = (description: string, minimum: number, maximum: number): Schema => ({
  description: `${description}, ${minimum} to ${maximum}`,
  type: "integer",
  minimum,
  maximum,
});

const askedSchemas: Record<string, Schema> = {
  preset: {
    description: `one of ${Object.keys(presets).join(", ")}: the columns are known`,
    enum: Object.keys(presets),
  },
  table: { description: "a table or view, as dataset.table", type: "string", pattern: webTablePattern },
  source: {
    description: "what these web events are called, 1 to 300 letters, digits and _ . : -",
    type: "string",
    pattern: sourcePattern,
  },
  ev: cell("a column, fields:$.path of a column of JSON, or =text for all rows: the name of the event"),
  transaction_id: cell("a column, or fields:$.path of a column of JSON: the id that reference_id equals"),
  time: cell("a column, or fields:$.path of a column of JSON: when it happened"),
  time_unit: {
    description: `one of ${timeUnits.join(", ")}; since 1970 where it is a number`,
    enum: timeUnits,
  },
  web_event_id: {
    description: "1 to 10 columns that together name the row",
    type: "array",
    minItems: 1,
    maxItems: 10,
    items: cell("a column"),
  },
  day: {
    description: "a column of type DATE by which the table is partitioned",
    type: "string",
    pattern: columnPattern,
  },
  zone: {
    description: "whose days the web events have: a zone or an offset; UTC where left out",
    type: "string",
    minLength: 1,
    maxLength: 64,
    format: "offset",
  },
  first: { ...day, description: "a day, YYYY-MM-DD: the first of which web events are read" },
  last: { ...day, description: "a day, YYYY-MM-DD: the last of which web events are read" },
  order: {
    description: "given: names are tried in their order; any: all names are equal",
    enum: linkOrders,
  },
  choice: {
    description: "latest or first, of several web events before the end of the date",
    enum: linkChoices,
  },
  look_back_days: days("so many days before the date a web event may be", 0, 10_000),
  after_days: days("so many days after the date, where there is none before; 0: never", 0, 10_000),
  window_days: days("so many days an event waits for its web event", 0, 10_000),
  all: { description: "true: events that are final are looked at too", type: "boolean" },
};

const dayParameter = (name: string, description: string): Parameter => ({
  name,
  in: "query",
  description: `${description}, as YYYY-MM-DD`,
  schema: day,
});

const shares: Schema = {
  type: "array",
  items: object({ name: text, events: count, linked: count }),
};

/** Answers about links. */
export const linkSchemas: Schemas = {
  Linked: object({ source: text, first: day, last: day, changed: count, linked: count, moved: count }),
  LinkReport: object({
    events: count,
    linked: count,
    waiting: count,
    unlinked: count,
    by_date: shares,
    by_ev: shares,
    by_reference_ev: shares,
    reasons: {
      type: "array",
      items: object({
        reason: { enum: linkReasons },
        events: count,
        examples: {
          type: "array",
          items: object({ date: day, ev: text, reference_ev: text, reference_id: text, says: text }),
        },
      }),
    },
    web_events: { type: "array", items: object({ ev: text, events: count, without_id: count }) },
  }),
};
