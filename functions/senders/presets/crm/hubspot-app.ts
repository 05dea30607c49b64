import type { Preset } from "../preset.ts";

export const hubspotApp: Preset = {
  name: "hubspot-app",
  label: "HubSpot app",
  auth: {
    scheme: "hmac",
    at: "header:x-hubspot-signature-v3",
    parts: ["method", "url-decoded", "body", "timestamp"],
    encoding: "base64",
    timestamp: "header:x-hubspot-request-timestamp",
    tolerance_seconds: 300,
  },
  items: "$",
  key: ["portalId", "objectId", "propertyName"],
  updated: "occurredAt",
  secrets: {
    main: "the client secret of the app",
  },
  thin: true,
  notes: ["It signs the address that it calls: set COLLECT_URL to it where a proxy changes Host."],
};
