import type { Preset } from "../preset.ts";

export const sendgrid: Preset = {
  name: "sendgrid",
  label: "SendGrid events",
  auth: {
    scheme: "ecdsa",
    at: "header:x-twilio-email-event-webhook-signature",
    parts: ["timestamp", "body"],
    timestamp: "header:x-twilio-email-event-webhook-timestamp",
    encoding: "base64",
  },
  items: "$",
  key: "sg_event_id",
  updated: "timestamp",
  secrets: {
    main: "the verification key of the signed event webhook",
  },
};
