import type { Preset } from "../preset.ts";

export const gocardless: Preset = {
  name: "gocardless",
  label: "GoCardless",
  auth: {
    scheme: "hmac",
    at: "header:webhook-signature",
    parts: ["body"],
  },
  items: "events",
  key: "links.payment",
  updated: "created_at",
  secrets: {
    main: "the secret of the webhook endpoint",
  },
};
