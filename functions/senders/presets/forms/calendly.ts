import type { Preset } from "../preset.ts";

export const calendly: Preset = {
  name: "calendly",
  label: "Calendly",
  auth: {
    scheme: "hmac",
    at: "header:calendly-webhook-signature",
    parts: ["timestamp", "=.", "body"],
    fields: {
      signature: "v1",
      timestamp: "t",
    },
    tolerance_seconds: 180,
  },
  key: "payload.uri",
  updated: "payload.updated_at",
  secrets: {
    main: "the signing key of the webhook subscription",
  },
  unverified: ["key and order"],
};
