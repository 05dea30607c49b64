import type { Preset } from "../preset.ts";

export const twilio: Preset = {
  name: "twilio",
  label: "Twilio",
  auth: {
    scheme: "twilio",
  },
  answer: "twiml",
  delivery: "header:i-twilio-idempotency-token",
  secrets: {
    main: "the auth token of the account",
  },
  notes: ["It signs the address that it calls: set COLLECT_URL to it where a proxy changes Host."],
  unverified: ["the name of the delivery"],
};
