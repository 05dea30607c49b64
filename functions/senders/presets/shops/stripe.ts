import type { Preset } from "../preset.ts";

export const stripe: Preset = {
  name: "stripe",
  label: "Stripe",
  auth: {
    scheme: "hmac",
    at: "header:stripe-signature",
    parts: ["timestamp", "=.", "body"],
    fields: {
      signature: "v1",
      timestamp: "t",
    },
    tolerance_seconds: 300,
  },
  key: "data.object.id",
  updated: "created",
  delivery: "id",
  secrets: {
    main: "the signing secret of the endpoint, whsec_…",
  },
  notes: ["`created` has whole seconds: two versions of one second are ordered by their arrival."],
  unverified: ["the 5 minutes"],
};
