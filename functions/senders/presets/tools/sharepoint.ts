import type { Preset } from "../preset.ts";

export const sharepoint: Preset = {
  name: "sharepoint",
  label: "SharePoint",
  auth: {
    scheme: "token",
    at: "value.*.clientState",
  },
  handshake: {
    method: "POST",
    when: {
      "query:validationtoken": "*",
    },
    text: "query:validationtoken",
  },
  items: "value",
  key: ["subscriptionId", "resource"],
  secrets: {
    main: "clientState of the subscription",
  },
  thin: true,
};
