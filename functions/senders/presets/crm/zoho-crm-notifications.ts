import type { Preset } from "../preset.ts";

export const zohoCrmNotifications: Preset = {
  name: "zoho-crm-notifications",
  label: "Zoho CRM notifications",
  auth: {
    scheme: "token",
    at: "token",
  },
  key: ["module", "ids.0"],
  updated: "server_time",
  secrets: {
    main: "the token that was registered with the channel",
  },
  thin: true,
  notes: ["A channel ends after a week at most: renew it."],
  unverified: ["all of it"],
};
