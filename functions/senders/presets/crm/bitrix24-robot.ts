import type { Preset } from "../preset.ts";

export const bitrix24Robot: Preset = {
  name: "bitrix24-robot",
  label: "Bitrix24 robot",
  auth: {
    scheme: "token",
    at: "auth.application_token",
  },
  key: "document_id.2",
  secrets: {
    main: "auth[application_token] of the requests",
  },
  thin: true,
  unverified: ["all of it"],
};
