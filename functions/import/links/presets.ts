/** Tables whose columns are known, as somebody would write them. */

export const timeUnits = ["timestamp", "seconds", "ms", "us"] as const;

export const presets = {
  /** Google Analytics 4 as it exports to BigQuery: a table a day, `analytics_1.events_` and the day behind
   *  it. The export has no id of its own; these are what Google names for telling events apart. */
  ga4: {
    tables: "daily",
    ev: "event_name",
    transaction_id: "ecommerce.transaction_id",
    time: "event_timestamp",
    time_unit: "us",
    web_event_id: [
      "user_pseudo_id",
      "event_timestamp",
      "event_name",
      "event_bundle_sequence_id",
      "batch_event_index",
    ],
  },
  /** The hits of a stream; best of its view TABLE_unique. */
  stream: { tables: "one", time: "received_at", time_unit: "ms", web_event_id: ["hit_id"] },
} as const satisfies Record<string, Filled>;

export type Preset = keyof typeof presets;

export interface Filled {
  readonly tables: "one" | "daily";
  readonly ev?: string;
  readonly transaction_id?: string;
  readonly time: string;
  readonly time_unit: (typeof timeUnits)[number];
  readonly web_event_id: readonly string[];
}
