import type { Preset } from "../preset.ts";

export const paddle: Preset = {
  name: "paddle",
  label: "Paddle",
  auth: {
    scheme: "hmac",
    at: "header:paddle-signature",
    parts: ["timestamp", "=:", "body"],
    fields: {
      signature: "h1",
      timestamp: "ts",
      separator: ";",
    },
  },
  key: "data.id",
  updated: "occurred_at",
  delivery: "event_id",
  secrets: {
    main: "the secret key of the notification destination",
  },
  unverified: ["the proof", "event_id as the name of the delivery"],
};
