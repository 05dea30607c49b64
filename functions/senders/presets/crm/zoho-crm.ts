import type { Preset } from "../preset.ts";

export const zohoCrm: Preset = {
  name: "zoho-crm",
  label: "Zoho CRM workflow",
  notes: [
    "It proves nothing by itself. A parameter or header of your own can be a token: `auth` of the scheme token.",
    "Choose the fields of the record yourself, and name `key` and `updated` by them.",
    "Retries are not promised.",
  ],
  unverified: ["all but that it sends a form"],
};
