import type { Preset } from "../preset.ts";

export const zohoCommerce: Preset = {
  name: "zoho-commerce",
  label: "Zoho Commerce, Zoho Books",
  key: "salesorder.salesorder_id",
  updated: "salesorder.last_modified_time",
  notes: ["It sends JSON and calls it a form; the name of the event stands in x-zoho-event alone."],
};
