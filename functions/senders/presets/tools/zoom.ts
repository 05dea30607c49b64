import type { Preset } from "../preset.ts";

export const zoom: Preset = {
  name: "zoom",
  label: "Zoom",
  auth: {
    scheme: "hmac",
    at: "header:x-zm-signature",
    parts: ["=v0:", "timestamp", "=:", "body"],
    timestamp: "header:x-zm-request-timestamp",
    prefix: "v0=",
  },
  handshake: {
    method: "POST",
    when: {
      event: "endpoint.url_validation",
    },
    json: {
      plainToken: "payload.plainToken",
      encryptedToken: "hmac:payload.plainToken",
    },
  },
  key: "payload.object.uuid",
  updated: "event_ts",
  secrets: {
    main: "the secret token of the app",
  },
  unverified: ["that it checks the address again every 72 hours"],
};
