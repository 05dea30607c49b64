import type { Preset } from "../preset.ts";

export const tilda: Preset = {
  name: "tilda",
  label: "Tilda",
  handshake: {
    method: "POST",
    when: {
      test: "test",
    },
    alone: true,
  },
  answer: "ok",
  key: "tranid",
  delivery: "tranid",
  notes: [
    "On saving it checks the address with test=test, which is answered and is no hit.",
    "An API key that you name there can be checked: `auth` of the scheme token, at the field, the header or the parameter that you chose.",
  ],
  unverified: ["tranid as the name of the delivery", "the answer ok"],
};
