import type { Preset } from "../preset.ts";

export const hubspotWorkflow: Preset = {
  name: "hubspot-workflow",
  label: "HubSpot workflow",
  key: ["portal-id", "vid"],
  updated: "properties.lastmodifieddate.value",
  notes: [
    "It proves nothing that is checked here: the address is the key.",
    "4xx is not sent again, but for 429.",
  ],
  unverified: ["whether it signs"],
};
