import {
  askLinks,
  linkedEventsCsv,
  showLinkedEvents,
  showLinks,
  type AskedLinks,
  type AskedPorts,
} from "../../import/links/asked.ts";
import { linkStates, type LinkState } from "../../import/links/one-by-one/events.ts";
import { sourcePattern, webEventFields } from "../../import/links/fields.ts";
import { linkReasons, type LinkReason } from "../../import/links/settings.ts";
import type { LinkReport } from "../../import/links/report.ts";
import { importParameter } from "./imports.ts";
import { json, jsonAnswer, type Parameter, route, type Route } from "../route.ts";
import { count, day, object, ref, type Schema, type Schemas, text, unixMs } from "../schema.ts";

/** Links of an import's events to web events. */
export function linkRoutes(ports: AskedPorts): Route[] {
  return [
    route<{ name: string }, unknown, AskedLinks>({
      method: "POST",
      path: "/v1/imports/{name}/link",
      operation: "linkImport",
      role: "editor",
      payloads: "part",
      summary:
        "Reads web events, those that the import keeps where no table is named, and links its events to them; again is harmless",
      parameters: [importParameter],
      body: { type: "object", properties: askedSchemas, additionalProperties: false },
      answer: jsonAnswer("What was read, and how many links are others now", ref("Linked")),
      problems: ["import_unknown", "query_refused", "table_missing", "statement_refused", "warehouse_down"],
      handle: async ({ who, path: { name }, body }) => json(await askLinks(ports, who, name, body)),
    }),

    route<{ name: string }, Days & { source?: string }>({
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
        ...dayParameters,
      ],
      answer: jsonAnswer("The report", ref("LinkReport")),
      problems: ["import_unknown", "table_missing"],
      async handle({ who, path: { name }, query: { source, ...days } }) {
        const asked = { ...everyDay, ...days, ...(source !== undefined && { source }) };
        const report = await showLinks(ports, name, asked);
        return json(who.seesPayloads ? report : withoutExamples(report));
      },
    }),

    route<{ name: string }, Which & { limit: number; offset: number }>({
      method: "GET",
      path: "/v1/imports/{name}/links/events",
      operation: "listLinkedEvents",
      role: "viewer",
      payloads: "whole",
      summary: "Events of an import, each with its web event beside it or why there is none; newest first",
      parameters: [
        importParameter,
        ...dayParameters,
        ...whichParameters,
        whole("limit", "how many, 1 to 1000", { minimum: 1, maximum: 1_000, default: 100 }),
        whole("offset", "how many are left out before them", { minimum: 0, maximum: 1_000_000, default: 0 }),
      ],
      answer: jsonAnswer("The events", ref("LinkedEvents")),
      problems: ["import_unknown", "table_missing"],
      async handle({ path: { name }, query: { limit, offset, ...which } }) {
        const asked = { ...everyDay, ...which, importId: name };
        return json({ events: await showLinkedEvents(ports, asked, { limit, offset }) });
      },
    }),

    route<{ name: string }, Which>({
      method: "GET",
      path: "/v1/imports/{name}/links/events.csv",
      operation: "downloadLinkedEvents",
      role: "viewer",
      payloads: "whole",
      summary: "The same as CSV, all of them",
      parameters: [importParameter, ...dayParameters, ...whichParameters],
      answer: { status: 200, description: "The events", content: { "text/csv": { type: "string" } } },
      problems: ["import_unknown", "table_missing"],
      async handle({ path: { name }, query }) {
        const headers = { "content-type": "text/csv; charset=utf-8", "cache-control": "no-store" };
        const body = await linkedEventsCsv(ports, { ...everyDay, ...query, importId: name });
        return { status: 200, headers, body };
      },
    }),
  ];
}

type Days = { first?: string; last?: string };
type Which = Days & { state?: LinkState; reason?: LinkReason };

const everyDay = { first: "0001-01-01", last: "9999-12-31" };

/** What stands in events may be personal, and a warehouse that fails may quote it. */
function withoutExamples({ last_run: run, ...report }: LinkReport): LinkReport {
  return {
    ...report,
    reasons: report.reasons.map((reason) => ({ ...reason, examples: [] })),
    ...(run && { last_run: "code" in run ? { ...run, detail: hidden } : run }),
  };
}

const hidden = "Why is told to those who may see payloads.";

const askedSchemas: Record<string, Schema> = {
  ...webEventFields,
  first: { ...day, description: "a day, YYYY-MM-DD: the first of which web events are read" },
  last: { ...day, description: "a day, YYYY-MM-DD: the last of which web events are read" },
  all: { description: "true: events that are final are looked at too", type: "boolean" },
};

const dayParameter = (name: string, description: string): Parameter => ({
  name,
  in: "query",
  description: `${description}, as YYYY-MM-DD`,
  schema: day,
});

const dayParameters = [
  dayParameter("first", "the first day of the events; all where left out"),
  dayParameter("last", "the last day of the events"),
];

const whichParameters: Parameter[] = [
  {
    name: "state",
    in: "query",
    description: `one of ${linkStates.join(", ")}; all where left out`,
    schema: { enum: linkStates },
  },
  {
    name: "reason",
    in: "query",
    description: `why they are not linked: one of ${linkReasons.join(", ")}`,
    schema: { enum: linkReasons },
  },
];

const whole = (name: string, description: string, bounds: Schema): Parameter => ({
  name,
  in: "query",
  description,
  schema: { type: "integer", ...bounds },
});

const decimal: Schema = { ...text, description: "A sum, exact" };

const counts = {
  events: count,
  linked: count,
  waiting: { ...count, description: "Their web event may still come: no failure yet" },
  unlinked: count,
  several: { ...count, description: "Linked, and more than one web event could have been it" },
  value: decimal,
  linked_value: decimal,
};
const shares: Schema = { type: "array", items: object({ name: text, ...counts }) };
const days_between = { type: "integer", description: "Less than 0: the web event came after it" };
const linked = { source: text, first: day, last: day, changed: count, linked: count, moved: count };

/** Answers about links. */
export const linkSchemas: Schemas = {
  Linked: object(linked),
  LinkReport: object(
    {
      ...counts,
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
            description: "None for who does not see payloads",
            items: object({ date: day, ev: text, reference_ev: text, reference_id: text, says: text }),
          },
        }),
      },
      days_between: { type: "array", items: object({ days: days_between, events: count }) },
      web_events: { type: "array", items: object({ ev: text, events: count, without_id: count }) },
    },
    {
      last_run: {
        ...object({ ended_at: unixMs }, { ...linked, code: text, detail: text }),
        description: "How linking by itself ended last; with a code where it failed",
      },
    },
  ),
  LinkedEvents: object({
    events: {
      type: "array",
      items: object(
        {
          event_id: text,
          date: day,
          ev: text,
          reference_ev: text,
          reference_id: text,
          state: { enum: linkStates },
        },
        {
          value: text,
          reason: { enum: linkReasons },
          matched_ev: text,
          web_event_id: text,
          web_event_time: text,
          days_between,
          candidate_count: count,
          suggestion: text,
        },
      ),
    },
  }),
};
