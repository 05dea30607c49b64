import type { Preset } from "../preset.ts";

export const polar: Preset = {
  name: "polar",
  label: "Polar",
  auth: {
    scheme: "standard-webhooks",
    key: "raw",
  },
  updated: "header:webhook-timestamp",
  secrets: {
    main: "the secret of the endpoint as it is: it is no base64",
  },
};
