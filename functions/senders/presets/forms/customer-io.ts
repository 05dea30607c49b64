import type { Preset } from "../preset.ts";

export const customerIo: Preset = {
  name: "customer-io",
  label: "Customer.io reporting",
  auth: {
    scheme: "hmac",
    at: "header:x-cio-signature",
    parts: ["=v0:", "timestamp", "=:", "body"],
    timestamp: "header:x-cio-timestamp",
  },
  key: "data.delivery_id",
  updated: "timestamp",
  delivery: "event_id",
  secrets: {
    main: "the signing key of the reporting webhook",
  },
  notes: ["It waits 4 seconds, and holds back later events until one is taken."],
};
