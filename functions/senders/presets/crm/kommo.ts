import type { Preset } from "../preset.ts";

export const kommo: Preset = {
  name: "kommo",
  label: "Kommo (amoCRM)",
  items: "leads.status",
  key: ["^.account.id", "id"],
  updated: "last_modified",
  notes: [
    "It proves nothing: the address is the key. `auth` of the scheme account, at account.id, lets one account in alone.",
    "`items` is that of a changed stage; other events name the list elsewhere (leads.add, contacts.update): set `items` then.",
    "It wants an answer within 2 seconds.",
  ],
  unverified: ["the field that orders versions", "the 2 seconds"],
};
