import type { Preset } from "../preset.ts";

export const mailgun: Preset = {
  name: "mailgun",
  label: "Mailgun",
  auth: {
    scheme: "mailgun",
  },
  key: "event-data.id",
  updated: "event-data.timestamp",
  delivery: "signature.token",
  secrets: {
    main: "the HTTP webhook signing key",
  },
  notes: [
    "The body itself is not signed: whoever has seen one request could write another body under its signature for a day.",
  ],
  unverified: ["that it tries for 8 hours under one signature"],
};
