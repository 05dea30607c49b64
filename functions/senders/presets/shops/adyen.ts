import type { Preset } from "../preset.ts";

export const adyen: Preset = {
  name: "adyen",
  label: "Adyen",
  auth: {
    scheme: "basic",
  },
  answer: "accepted",
  items: "notificationItems",
  key: ["NotificationRequestItem.merchantAccountCode", "NotificationRequestItem.pspReference"],
  updated: "NotificationRequestItem.eventDate",
  secrets: {
    main: "user:password, as set with the webhook",
  },
  notes: ["The HMAC of each item (additionalData.hmacSignature) is not checked."],
};
