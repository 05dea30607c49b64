import type { Preset } from "../preset.ts";

export const airtable: Preset = {
  name: "airtable",
  label: "Airtable",
  auth: {
    scheme: "hmac",
    at: "header:x-airtable-content-mac",
    parts: ["body"],
    key: "base64",
    prefix: "hmac-sha256=",
  },
  answer: "none",
  secrets: {
    main: "macSecretBase64 of the webhook",
  },
  thin: true,
  notes: ["A webhook ends after 7 days: refresh it."],
};
