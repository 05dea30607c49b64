import type { Preset } from "../preset.ts";

export const xero: Preset = {
  name: "xero",
  label: "Xero",
  auth: {
    scheme: "hmac",
    at: "header:x-xero-signature",
    parts: ["body"],
    encoding: "base64",
  },
  answer: "empty",
  items: "events",
  key: "resourceId",
  updated: "eventDateUtc",
  secrets: {
    main: "the webhooks key of the app",
  },
  thin: true,
  notes: [
    "Its “intent to receive” is a hit without items. It sends wrong signatures too, to see them refused with 401.",
  ],
  unverified: ["that the answer must be empty"],
};
