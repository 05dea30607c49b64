import type { Preset } from "../preset.ts";

export const telegram: Preset = {
  name: "telegram",
  label: "Telegram bot",
  auth: {
    scheme: "token",
    at: "header:x-telegram-bot-api-secret-token",
  },
  key: "update_id",
  updated: "message.date",
  delivery: "update_id",
  secrets: {
    main: "secret_token, as set by setWebhook",
  },
};
