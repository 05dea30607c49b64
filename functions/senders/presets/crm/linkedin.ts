import type { Preset } from "../preset.ts";

export const linkedin: Preset = {
  name: "linkedin",
  label: "LinkedIn Lead Sync",
  auth: {
    scheme: "hmac",
    at: "header:x-li-signature",
    parts: ["=hmacsha256=", "body"],
  },
  handshake: {
    method: "GET",
    when: {
      "query:challengeCode": "*",
    },
    json: {
      challengeCode: "query:challengeCode",
      challengeResponse: "hmac:query:challengeCode",
    },
  },
  key: "leadGenFormResponse",
  updated: "occurredAt",
  delivery: "notificationId",
  secrets: {
    main: "the client secret of the app",
  },
  thin: true,
  notes: [
    "It checks the address every 2 hours; 3 failures block it. Put the secret before you add the address there.",
  ],
};
