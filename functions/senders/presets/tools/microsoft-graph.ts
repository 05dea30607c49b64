import type { Preset } from "../preset.ts";

export const microsoftGraph: Preset = {
  name: "microsoft-graph",
  label: "Microsoft Graph",
  auth: {
    scheme: "token",
    at: "value.*.clientState",
  },
  handshake: {
    method: "POST",
    when: {
      "query:validationToken": "*",
    },
    text: "query:validationToken",
  },
  items: "value",
  key: ["subscriptionId", "resource"],
  secrets: {
    main: "clientState of the subscription",
  },
  thin: true,
  notes: ["Subscriptions end after days: renew them. Rich notifications (encrypted) are kept as they come."],
};
