import type { Preset } from "../preset.ts";

export const intercom: Preset = {
  name: "intercom",
  label: "Intercom",
  auth: {
    scheme: "hmac",
    at: "header:x-hub-signature",
    parts: ["body"],
    digest: "sha1",
    prefix: "sha1=",
  },
  handshake: {
    method: "POST",
    when: {
      topic: "ping",
    },
  },
  key: "data.item.id",
  updated: "data.item.updated_at",
  delivery: "id",
  secrets: {
    main: "the client secret of the app",
  },
};
