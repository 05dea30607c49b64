import type { Preset } from "../preset.ts";

export const wix: Preset = {
  name: "wix",
  label: "Wix",
  notes: [
    "Its body is a JWT, which is kept as it is: neither its signature is checked nor its fields are read. The address is the key.",
    "It wants an answer within 1.25 seconds: in the cloud keep one instance warm.",
  ],
  unverified: ["all but the body and its times"],
};
