import type { Preset } from "../preset.ts";

export const typeform: Preset = {
  name: "typeform",
  label: "Typeform",
  auth: {
    scheme: "hmac",
    at: "header:typeform-signature",
    parts: ["body"],
    encoding: "base64",
    prefix: "sha256=",
  },
  key: "form_response.token",
  updated: "form_response.submitted_at",
  delivery: "event_id",
  secrets: {
    main: "the secret that you typed with the webhook",
  },
  notes: ["404 and 410 switch its webhook off at once: pause a stream (503), and remove it only for good."],
};
