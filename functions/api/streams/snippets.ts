import { requestRefused, streamClosedForGood } from "../../problems.ts";
import type { Registry } from "../../registry.ts";
import type { Snippets } from "../../snippets.ts";
import type { Datasets } from "../../streams/stream.ts";
import { findReading } from "../../streams/change.ts";
import { readAll } from "../../streams/reading.ts";
import { viewOf } from "../../streams/view.ts";
import { idParameter } from "../parameters.ts";
import { json, jsonAnswer, route, type Route } from "../route.ts";
import { ref } from "../schema.ts";

interface SnippetPorts extends Datasets {
  registry: Pick<Registry, "list">;
  snippets: Snippets;
  /** Under which address the world reaches collect, without a slash at its end. */
  collectUrl: string;
}

/** What a person hands to whoever sends, with the stream's address in it. */
export function snippetRoutes(ports: SnippetPorts): Route[] {
  const { registry, snippets } = ports;
  return [
    route<{ id: string }, { type: string; body: "form" | "json" }>({
      method: "GET",
      path: "/v1/streams/{id}/snippet",
      operation: "showSnippet",
      role: "viewer",
      payloads: "none",
      summary:
        "A file that sends to the stream, the steps in a system that does, or one page with all of them",
      parameters: [
        idParameter,
        {
          name: "type",
          in: "query",
          description: snippets.types.join(", "),
          schema: { enum: snippets.types, default: snippets.types[0] },
        },
        {
          name: "body",
          in: "query",
          description: "form or json: how a language writes its body; systems have their own",
          schema: { enum: ["form", "json"], default: "form" },
        },
      ],
      answer: jsonAnswer("The text, with the stream's own address in it", ref("Snippet")),
      problems: ["stream_unknown", "stream_closed_for_good", "registry_down"],
      async handle({ path: { id }, query: { type, body } }) {
        const readings = readAll(await registry.list(), ports);
        const reading = findReading(readings, id);
        const { endpoint, name, state } = viewOf(ports, reading, readings, new Map());
        if (reading.removed || state === "closed") throw streamClosedForGood();
        if (endpoint === undefined)
          throw requestRefused({
            what: "No address leads to this stream, since its id is no UUID in lower case; GET /v1/streams/{id} suggests one",
          });
        const { lookup } = reading;
        if (lookup.kind === "valid" && !lookup.stream.methods.includes("POST"))
          throw requestRefused({
            what: `The stream takes ${lookup.stream.methods.join(", ")}, and what is handed out sends POST; add POST to its methods`,
          });
        const named = typeof name === "string" && name !== "" ? { name } : {};
        return json({ type, ...snippets.give(type, { endpoint, body, ...named }) });
      },
    }),
  ];
}
