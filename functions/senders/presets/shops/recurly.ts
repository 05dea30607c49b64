import type { Preset } from "../preset.ts";

export const recurly: Preset = {
  name: "recurly",
  label: "Recurly",
  auth: {
    scheme: "basic",
  },
  key: "renewed_subscription_notification.subscription.uuid",
  updated: "renewed_subscription_notification.subscription.current_period_started_at.$",
  secrets: {
    main: "user:password, as set with the endpoint",
  },
  notes: [
    "XML whose root is the event: `key` and `updated` are those of renewals; name them yourself for others.",
  ],
};
