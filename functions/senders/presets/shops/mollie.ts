import type { Preset } from "../preset.ts";

export const mollie: Preset = {
  name: "mollie",
  label: "Mollie",
  key: "id",
  thin: true,
  notes: ["It proves nothing and sends an id alone: fetch the payment to know what became of it."],
};
