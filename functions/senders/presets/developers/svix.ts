import type { Preset } from "../preset.ts";

export const svix: Preset = {
  name: "svix",
  label: "Svix (Clerk, Resend and others)",
  auth: {
    scheme: "standard-webhooks",
  },
  updated: "header:svix-timestamp",
  delivery: "header:svix-id",
  secrets: {
    main: "the signing secret of the endpoint, whsec_…",
  },
  unverified: ["svix-timestamp as the order: it is the time of sending"],
};
