import type { Preset } from "../preset.ts";

export const standardWebhooks: Preset = {
  name: "standard-webhooks",
  label: "Standard Webhooks",
  auth: {
    scheme: "standard-webhooks",
  },
  updated: "header:webhook-timestamp",
  secrets: {
    main: "the secret, whsec_…; of senders that sign with a key of their own (v1a) their public key, whpk_…",
  },
  notes: ["OpenAI, Replicate, ElevenLabs, ShipBob, BigCommerce and many others."],
};
