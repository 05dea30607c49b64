import type { Preset } from "../preset.ts";

export const postmark: Preset = {
  name: "postmark",
  label: "Postmark",
  auth: {
    scheme: "basic",
  },
  key: ["MessageID", "Recipient"],
  updated: "DeliveredAt",
  secrets: {
    main: "user:password, as set with the webhook",
  },
  notes: ["`updated` is that of deliveries; name the field of other events yourself."],
};
