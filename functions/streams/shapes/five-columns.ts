import type { Shape } from "./shape.ts";
import { float, utcDay } from "./words.ts";

export const fiveColumns: Shape = {
  name: "five_columns",
  about: "The five columns of the daily files of backend events, with value as FLOAT64",
  source: "docs/imports.md",
  cells: {
    ev: { says: "what happened", required: true },
    reference_ev: { says: "the web events that it may belong to, separated by commas", required: true },
    reference_id: { says: "the transaction_id of its web event", required: true, usual: "key" },
    value: { says: "what it is worth" },
    date: { says: "when it happened: a time; the day on which the hit came where left out" },
  },
  time: "date",
  columns: ({ ev, reference_ev, reference_id, value, date }) => [
    [
      {
        name: "date",
        sql: `CAST(${date === undefined ? "date" : utcDay} AS STRING)`,
      },
      { name: "ev", sql: ev!, isRequired: true },
      { name: "reference_ev", sql: reference_ev!, isRequired: true },
      { name: "reference_id", sql: reference_id!, isRequired: true },
      { name: "value", sql: value === undefined ? "CAST(NULL AS FLOAT64)" : float(value) },
    ],
  ],
};
