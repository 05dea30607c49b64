import type { Preset } from "../preset.ts";

export const slack: Preset = {
  name: "slack",
  label: "Slack events",
  auth: {
    scheme: "hmac",
    at: "header:x-slack-signature",
    parts: ["=v0:", "timestamp", "=:", "body"],
    timestamp: "header:x-slack-request-timestamp",
    prefix: "v0=",
    tolerance_seconds: 300,
  },
  handshake: {
    method: "POST",
    when: {
      type: "url_verification",
    },
    json: {
      challenge: "challenge",
    },
  },
  key: "event_id",
  updated: "event_time",
  delivery: "event_id",
  secrets: {
    main: "the signing secret of the app",
  },
};
