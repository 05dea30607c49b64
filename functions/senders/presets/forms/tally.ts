import type { Preset } from "../preset.ts";

export const tally: Preset = {
  name: "tally",
  label: "Tally",
  auth: {
    scheme: "hmac",
    at: "header:tally-signature",
    parts: ["body"],
    encoding: "base64",
  },
  key: "data.responseId",
  updated: "createdAt",
  delivery: "eventId",
  secrets: {
    main: "the signing secret of the webhook",
  },
  notes: ["It signs only where a secret was set there; without one, `auth` is []."],
};
