import type { Preset } from "../preset.ts";

export const woocommerce: Preset = {
  name: "woocommerce",
  label: "WooCommerce",
  auth: {
    scheme: "hmac",
    at: "header:x-wc-webhook-signature",
    parts: ["body"],
    encoding: "base64",
  },
  handshake: {
    method: "POST",
    when: {
      webhook_id: "*",
    },
    without: "header:x-wc-webhook-signature",
    alone: true,
  },
  key: ["header:x-wc-webhook-source", "id"],
  updated: "date_modified_gmt",
  delivery: "header:x-wc-webhook-delivery-id",
  secrets: {
    main: "Secret of the webhook",
  },
  notes: ["After 5 failures in a row it disables the webhook."],
};
