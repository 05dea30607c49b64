import type { Preset } from "../preset.ts";

export const appsflyer: Preset = {
  name: "appsflyer",
  label: "AppsFlyer Push API",
  key: "event_id",
  notes: [
    "Its token is not checked: where it stands was not found. Let `methods` have GET where it calls by GET.",
  ],
  unverified: ["all of it"],
};
