import type { Preset } from "../preset.ts";

export const mailchimp: Preset = {
  name: "mailchimp",
  label: "Mailchimp audience",
  handshake: {
    method: "GET",
    when: {},
  },
  key: ["data.list_id", "data.id"],
  updated: "fired_at",
  notes: [
    "It proves nothing: the address is the key.",
    "On saving it calls the address by GET, which is answered and is no hit.",
  ],
};
