import type { Preset } from "../preset.ts";

export const pipedrive: Preset = {
  name: "pipedrive",
  label: "Pipedrive (webhooks v2)",
  auth: {
    scheme: "basic",
  },
  key: ["meta.entity", "meta.entity_id"],
  updated: "meta.timestamp",
  delivery: "meta.id",
  secrets: {
    main: "user:password, as set with the webhook",
  },
  unverified: ["that meta.id is the same when it is sent again"],
};
