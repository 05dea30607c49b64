import type { Preset } from "../preset.ts";

export const oneC: Preset = {
  name: "1c",
  label: "1C:Enterprise",
  auth: {
    scheme: "basic",
  },
  secrets: {
    main: "user:password, as the 1C programmer sends them",
  },
  notes: [
    "Whatever the programmer wrote: name `key` and `updated` by the fields of it. A shared token is `auth` of the scheme token.",
  ],
  unverified: ["all of it: each is its own"],
};
