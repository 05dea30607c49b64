import {
  type DeveloperLinkPorts,
  makeDeveloperLink,
  withdrawDeveloperLinks,
} from "../../streams/developer-link.ts";
import { idParameter } from "../parameters.ts";
import { json, jsonAnswer, route, type Route } from "../route.ts";
import { ref } from "../schema.ts";

interface DeveloperLinkRoutePorts extends DeveloperLinkPorts {
  /** Under which origin people open the panel, where that is known. */
  panelOrigin?: string;
}

const path = "/v1/streams/{id}/developer-links";

/** Links that open without an account, for whoever writes the code that sends. */
export function developerLinkRoutes(ports: DeveloperLinkRoutePorts): Route[] {
  const { panelOrigin } = ports;
  return [
    route<{ id: string }>({
      method: "POST",
      path,
      operation: "makeDeveloperLink",
      role: "editor",
      payloads: "none",
      summary:
        "Makes a link that opens without an account for 7 days: how to send to the stream, and what arrived",
      parameters: [idParameter],
      answer: jsonAnswer("The link", ref("DeveloperLink"), 201),
      problems: [
        "not_here",
        "stream_unknown",
        "stream_closed_for_good",
        "registry_down",
        "documents_conflict",
      ],
      async handle({ path: { id }, who }) {
        const link = await makeDeveloperLink(ports, who, id);
        return json({ ...link, ...(panelOrigin !== undefined && { url: panelOrigin + link.path }) }, 201);
      },
    }),

    route<{ id: string }>({
      method: "DELETE",
      path,
      operation: "withdrawDeveloperLinks",
      role: "editor",
      payloads: "none",
      summary: "Withdraws all links for developers of the stream: none opens any more",
      parameters: [idParameter],
      answer: jsonAnswer("Whether there was one that still opened", ref("DeveloperLinksWithdrawn")),
      problems: ["not_here", "stream_unknown", "registry_down", "documents_conflict"],
      handle: async ({ path: { id }, who }) =>
        json({ withdrawn: await withdrawDeveloperLinks(ports, who, id) }),
    }),
  ];
}
