import type { Preset } from "../preset.ts";

export const googleAdsLeads: Preset = {
  name: "google-ads-leads",
  label: "Google Ads lead form",
  auth: {
    scheme: "token",
    at: "google_key",
  },
  answer: "empty-json",
  key: "lead_id",
  updated: "lead_submit_time",
  delivery: "lead_id",
  secrets: {
    main: "the key that you wrote beside the webhook's address",
  },
  notes: ["Ids have 64 bits: read them as text.", "google_key stands in the body, and so in the rows."],
  unverified: ["the answer {}"],
};
