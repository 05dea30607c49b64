import type { Preset } from "../preset.ts";

export const zendesk: Preset = {
  name: "zendesk",
  label: "Zendesk",
  auth: {
    scheme: "hmac",
    at: "header:x-zendesk-webhook-signature",
    parts: ["timestamp", "body"],
    encoding: "base64",
    timestamp: "header:x-zendesk-webhook-signature-timestamp",
  },
  key: "detail.id",
  updated: "time",
  delivery: "header:x-zendesk-webhook-invocation-id",
  secrets: {
    main: "the signing secret of the webhook",
  },
  notes: [
    "Test sends before the webhook is saved are signed with dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==, and refused here.",
  ],
  unverified: ["the name of the delivery"],
};
