import type { Preset } from "../preset.ts";

export const meta: Preset = {
  name: "meta",
  label: "Meta (lead ads, pages, WhatsApp)",
  auth: {
    scheme: "hmac",
    at: "header:x-hub-signature-256",
    parts: ["body"],
    prefix: "sha256=",
  },
  handshake: {
    method: "GET",
    when: {
      "query:hub.mode": "subscribe",
    },
    token: "query:hub.verify_token",
    text: "query:hub.challenge",
  },
  items: "entry.*.changes",
  key: "value.leadgen_id",
  updated: "value.created_time",
  secrets: {
    main: "the app secret",
    verify: "the verify token that you type at Meta",
  },
  thin: true,
  notes: ["Of a lead only ids are sent: its answers are to be fetched from Graph."],
};
