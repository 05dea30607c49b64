import type { Preset } from "../preset.ts";

export const dropbox: Preset = {
  name: "dropbox",
  label: "Dropbox",
  auth: {
    scheme: "hmac",
    at: "header:x-dropbox-signature",
    parts: ["body"],
  },
  handshake: {
    method: "GET",
    when: {
      "query:challenge": "*",
    },
    text: "query:challenge",
  },
  secrets: {
    main: "the app secret",
  },
  thin: true,
  unverified: ["that it wants X-Content-Type-Options"],
};
