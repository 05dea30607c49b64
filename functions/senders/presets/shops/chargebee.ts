import type { Preset } from "../preset.ts";

export const chargebee: Preset = {
  name: "chargebee",
  label: "Chargebee",
  auth: {
    scheme: "basic",
  },
  key: "content.subscription.id",
  updated: "content.subscription.resource_version",
  delivery: "id",
  secrets: {
    main: "user:password, as set with the webhook",
  },
};
