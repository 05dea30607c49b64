import type { Preset } from "../preset.ts";

export const gitlab: Preset = {
  name: "gitlab",
  label: "GitLab",
  auth: {
    scheme: "token",
    at: "header:x-gitlab-token",
  },
  delivery: "header:x-gitlab-event-uuid",
  secrets: {
    main: "the secret token of the webhook",
  },
  unverified: ["the name of the delivery"],
};
