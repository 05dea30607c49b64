/** What is set on an import about its links. */
export interface LinkSettings {
  /** A web event before the date of a backend event may be its own for so many days. */
  readonly look_back_days: number;
  /** So long one that is not linked yet waits for its web event; then it is `unlinked`. */
  readonly window_days: number;
  /** And a web event after it, where there is none before; 0: never. */
  readonly after_days: number;
  /** `given`: the first name of reference_ev that has a web event; `any`: all names are equal. */
  readonly order: (typeof linkOrders)[number];
  /** Which of several web events before the end of the date. */
  readonly choice: (typeof linkChoices)[number];
  /** The import's zone: which day is today, and when a date ends. */
  readonly zone: string;
}

export const linkOrders = ["given", "any"] as const;
export const linkChoices = ["latest", "first"] as const;

export const usualLinkSettings: Omit<LinkSettings, "zone"> = {
  look_back_days: 400,
  window_days: 35,
  after_days: 35,
  order: "given",
  choice: "latest",
};

/** Why an event is not linked: the first one that holds, in this order. */
export const linkReasons = [
  "web_data_pending",
  "event_name_unknown",
  "too_old",
  "after_event_only",
  "too_late",
  "id_other_event",
  "id_near",
  "id_unknown",
] as const;
export type LinkReason = (typeof linkReasons)[number];
