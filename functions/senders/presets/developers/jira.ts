import type { Preset } from "../preset.ts";

export const jira: Preset = {
  name: "jira",
  label: "Jira",
  auth: {
    scheme: "hmac",
    at: "header:x-hub-signature",
    parts: ["body"],
    prefix: "sha256=",
  },
  key: "issue.id",
  updated: "timestamp",
  secrets: {
    main: "Secret of the webhook",
  },
  notes: ["It signs only where a secret was set there; without one, `auth` is []."],
  unverified: ["key and order"],
};
