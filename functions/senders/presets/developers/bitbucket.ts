import type { Preset } from "../preset.ts";

export const bitbucket: Preset = {
  name: "bitbucket",
  label: "Bitbucket",
  auth: {
    scheme: "hmac",
    at: "header:x-hub-signature",
    parts: ["body"],
    prefix: "sha256=",
  },
  delivery: "header:x-request-uuid",
  secrets: {
    main: "Secret of the webhook",
  },
  notes: ["It signs only where a secret was set there; without one, `auth` is []."],
};
