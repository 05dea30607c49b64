import { counted } from "../../../counted.ts";
import { nearest } from "../../../nearest.ts";
import type { Value } from "../../../warehouse.ts";
import type { LinkReason } from "../settings.ts";

/** An event that is not linked, and what a person may do about it. */
export interface Example {
  readonly date: string;
  readonly ev: string;
  readonly reference_ev: string;
  readonly reference_id: string;
  readonly says: string;
}

/** Of `backend_events_linked`. */
export const exampleColumns = ["date", "ev", "reference_evs", "reference_id", "days_between", "suggestion"];

/** @param known names of web events */
export function exampleOf(reason: LinkReason, row: Record<string, Value>, known: readonly string[]): Example {
  const [date, ev, reference_ev, reference_id] = ["date", "ev", "reference_evs", "reference_id"].map((name) =>
    String(row[name]),
  ) as [string, string, string, string];
  const days = Math.abs(Number(row["days_between"]));
  const suggestion = String(row["suggestion"]);
  const says: Record<LinkReason, () => string> = {
    web_data_pending: () => `Waiting for the web data of ${date}.`,
    event_name_unknown: () => unknownName(reference_ev.split(","), known),
    too_old: () => `The web event is ${counted(days, "day")} older.`,
    after_event_only: () => `The web event came ${counted(days, "day")} after it.`,
    too_late: () => `The web event came ${counted(days, "day")} after it.`,
    id_other_event: () => `${reference_id} is there as ${suggestion}, which is not in the list.`,
    id_near: () => `Found ${suggestion}; yours is ${reference_id}. They must be equal.`,
    id_unknown: () => "No web event has this id.",
  };
  return { date, ev, reference_ev, reference_id, says: says[reason]() };
}

function unknownName(names: readonly string[], known: readonly string[]): string {
  const said = names.map((name) => {
    const meant = nearest(name, known);
    return `No web event is called ${name}.${meant === undefined ? "" : ` Did you mean ${meant}?`}`;
  });
  return said.join(" ");
}
