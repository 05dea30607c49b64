import type { Preset } from "../preset.ts";

export const shopify: Preset = {
  name: "shopify",
  label: "Shopify",
  auth: {
    scheme: "hmac",
    at: "header:x-shopify-hmac-sha256",
    parts: ["body"],
    encoding: "base64",
  },
  key: ["header:x-shopify-shop-domain", "id"],
  updated: "header:x-shopify-triggered-at",
  delivery: "header:x-shopify-webhook-id",
  secrets: {
    main: "shown under the list of webhooks, or the client secret of the app",
  },
  notes: [
    "It wants an answer within 5 seconds, 1 of them to connect.",
    "After 8 failures in a row a webhook that was made by API is deleted.",
  ],
};
