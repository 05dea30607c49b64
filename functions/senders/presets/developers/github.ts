import type { Preset } from "../preset.ts";

export const github: Preset = {
  name: "github",
  label: "GitHub",
  auth: {
    scheme: "hmac",
    at: "header:x-hub-signature-256",
    parts: ["body"],
    prefix: "sha256=",
  },
  handshake: {
    method: "POST",
    when: {
      "header:x-github-event": "ping",
    },
  },
  delivery: "header:x-github-delivery",
  secrets: {
    main: "Secret of the webhook",
  },
  notes: ["What happened stands in x-github-event alone. It does not send again by itself."],
  unverified: ["that it does not send again"],
};
