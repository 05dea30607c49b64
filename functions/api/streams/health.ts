import { badgeNames } from "../../health/judge.ts";
import type { Health } from "../../health/health.ts";
import { shownHealth } from "../../health/shown.ts";
import type { Registry } from "../../registry.ts";
import { findReading } from "../../streams/change.ts";
import { readAll } from "../../streams/reading.ts";
import { idParameter } from "../parameters.ts";
import { json, jsonAnswer, route, type Route } from "../route.ts";
import { count, object, ref, type Schema, type Schemas, text, unixMs } from "../schema.ts";

export interface HealthRoutePorts {
  health: Health;
  registry: Pick<Registry, "list">;
  /** The dataset of a bare table name. */
  defaultDataset: string;
  /** Unix ms. */
  now: () => number;
}

/** Does it come as usual? */
export function healthRoutes(ports: HealthRoutePorts): Route[] {
  return [
    route<{ id: string }>({
      method: "GET",
      path: "/v1/streams/{id}/health",
      operation: "showStreamHealth",
      role: "viewer",
      // Why a dead letter waits may quote it.
      payloads: "part",
      summary: "Whether a stream's hits come as usual: its badge, and why in a sentence",
      parameters: [idParameter],
      answer: jsonAnswer("Its health", ref("StreamHealth")),
      problems: ["stream_unknown", "registry_down", "warehouse_down", "table_forbidden"],
      async handle({ path: { id }, who }) {
        const reading = findReading(readAll(await ports.registry.list(), ports), id);
        const [told] = await ports.health.look([reading], who);
        const { name } = reading.document;
        return json({
          id: reading.id,
          ...(typeof name === "string" && { name }),
          at: ports.now(),
          ...shownHealth(told!),
        });
      },
    }),
  ];
}

export const badgeSchema: Schema = {
  enum: [...badgeNames],
  description: "Failing, silent, low and high need somebody",
};
export const sentenceSchema: Schema = { ...text, description: "Why, at the stream's own clock" };

export const healthSchemas: Schemas = {
  StreamHealth: object(
    {
      id: text,
      at: { ...unixMs, description: "When it was looked" },
      badge: badgeSchema,
      sentence: sentenceSchema,
    },
    {
      name: text,
      last_hit_at: { ...unixMs, description: "Of the last six weeks; absent where there was none" },
      silent_after_ms: {
        ...count,
        description: "Silent after so much of its usual time without a hit; absent until that is known",
      },
      usual: {
        ...object({ lowest: count, highest: count, weeks: { type: "integer", minimum: 2, maximum: 4 } }),
        description:
          "Hits of the same weekdays before today, by this hour; absent until two of them are known",
      },
    },
  ),
};
