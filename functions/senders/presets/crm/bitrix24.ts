import type { Preset } from "../preset.ts";

export const bitrix24: Preset = {
  name: "bitrix24",
  label: "Bitrix24",
  auth: {
    scheme: "token",
    at: "auth.application_token",
  },
  key: "data[FIELDS][ID]",
  updated: "ts",
  secrets: {
    main: "auth[application_token], shown beside the outgoing webhook",
  },
  thin: true,
  notes: [
    "Slow answers make it call less often.",
    "Deals, leads and contacts count their ids apart: give each of them a stream of its own.",
  ],
};
