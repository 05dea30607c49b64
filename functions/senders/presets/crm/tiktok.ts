import type { Preset } from "../preset.ts";

export const tiktok: Preset = {
  name: "tiktok",
  label: "TikTok for Developers",
  auth: {
    scheme: "hmac",
    at: "header:tiktok-signature",
    parts: ["timestamp", "=.", "body"],
    fields: {
      signature: "s",
      timestamp: "t",
    },
  },
  key: "user_openid",
  updated: "create_time",
  secrets: {
    main: "the client secret",
  },
  notes: ["Not the lead forms of TikTok Ads: those come through others."],
};
