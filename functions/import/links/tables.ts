import type { Column, TableSpec } from "../../warehouse.ts";

/** What linking keeps: which web events there are, and what each backend event was linked to. */

const text = (name: string, description: string): Column => ({ name, type: "STRING", description });
const integer = (name: string, description: string): Column => ({ name, type: "INT64", description });
const day = (name: string, description: string): Column => ({ name, type: "DATE", description });
const needed = (column: Column): Column => ({ ...column, required: true });

const source = needed(text("source", "Where the web events are from"));

/** The web events with an id, and no more of them than linking needs: what is large is read once. */
export const webEventKeys: TableSpec = {
  description: "Web events by their transaction_id, as linking looks them up",
  columns: [
    source,
    needed(day("day", "The day of the web event in the zone of its source")),
    needed(text("ev", "Its name")),
    needed(text("id", "Its transaction_id, without blanks around it")),
    needed(
      text("near", "The id without what people and programs lose: capitals, blanks, zeros before it, .0"),
    ),
    needed(integer("event_time", "When it happened, in microseconds since 1970")),
    needed(text("web_event_id", "What names it in its own table")),
  ],
  partitionBy: "day",
  clusterBy: ["id", "ev"],
};

export const webEventDays: TableSpec = {
  description: "How many web events of each name a day had when it was last read",
  columns: [
    source,
    needed(day("day", "The day in the zone of the source")),
    needed(text("ev", "The name of the web events")),
    needed(integer("events", "How many there were")),
    needed(integer("without_id", "Of them those without a transaction_id: they can never be linked")),
  ],
  partitionBy: "day",
  clusterBy: ["source"],
};

/** Never changed: what is decided anew is the next version. */
export const backendEventLinks: TableSpec = {
  description: "What each backend event was linked to, a row for each decision; the highest version holds",
  columns: [
    needed(text("event_id", "The backend event")),
    needed(integer("version", "From 1; one higher with each change")),
    needed(text("state", "linked, waiting or unlinked")),
    text("reason", "Why it is not linked"),
    text("reference_ev", "The name that matched"),
    text("web_event_id", "The web event"),
    integer("web_event_time", "When that happened, in microseconds since 1970"),
    integer("candidate_count", "How many web events of that name could have been it"),
    text("rule", "latest, first or after_event"),
    integer("days_between", "Days from the web event to the backend event; less than 0: it came after it"),
    needed(integer("linked_at", "When this was decided, in ms since 1970")),
    text("also", "Further reasons that hold, joined by commas"),
    text("suggestion", "What was probably meant: an id that is nearly the same, or a name that has the id"),
    needed(text("import_id", "The import of the event")),
    needed(day("date", "The date of the event")),
  ],
  partitionBy: "date",
  clusterBy: ["import_id", "event_id"],
};

/** So that whoever attributes downstream builds these days anew and no others. */
export const linkDayChanges: TableSpec = {
  description: "Days whose backend events or links have changed, a row for each time",
  columns: [
    needed(text("import_id", "The import")),
    needed(day("date", "The date of the events")),
    needed(text("ev", "Their name")),
    needed(integer("rows_before", "Events before")),
    needed(integer("rows_after", "Events after")),
    needed(integer("linked_before", "Of them linked, before")),
    needed(integer("linked_after", "Of them linked, after")),
    needed(
      text("fingerprint", "Of the events and what they are linked to: another one where one was exchanged"),
    ),
    needed(integer("changed_at", "When it was seen, in ms since 1970")),
  ],
  partitionBy: "date",
  clusterBy: ["import_id", "ev"],
};
