import type { Preset } from "../preset.ts";

export const square: Preset = {
  name: "square",
  label: "Square",
  auth: {
    scheme: "hmac",
    at: "header:x-square-hmacsha256-signature",
    parts: ["url", "body"],
    encoding: "base64",
  },
  key: "data.id",
  updated: "data.object.payment.updated_at",
  delivery: "event_id",
  secrets: {
    main: "the signature key of the subscription",
  },
  notes: [
    "It signs the address that it calls: set COLLECT_URL to it where a proxy changes Host.",
    "`updated` is that of payments; name the field of other events yourself.",
  ],
};
