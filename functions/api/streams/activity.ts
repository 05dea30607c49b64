import { checkActivity, type CheckPorts } from "../../activity/check.ts";
import { readActivity } from "../../activity/read.ts";
import type { Health } from "../../health/health.ts";
import { waitingByStream } from "../../letters/waiting.ts";
import type { LetterPorts } from "../../letters/store.ts";
import type { Registry } from "../../registry.ts";
import { findReading } from "../../streams/change.ts";
import { readAll } from "../../streams/reading.ts";
import { idParameter } from "../parameters.ts";
import { json, jsonAnswer, route, type Route } from "../route.ts";
import { ref } from "../schema.ts";

/** One check does so much as one request has time for. */
const checkMs = 20_000;
const tablesAtOnce = 8;
/** A statement each; what is left is learned the next time. */
const learnedDaysMax = 10;

interface ActivityRoutePorts extends CheckPorts, LetterPorts {
  registry: Pick<Registry, "list">;
  health: Pick<Health, "learn">;
  /** The dataset of a bare table name. */
  defaultDataset: string;
}

/** Does my data arrive? */
export function activityRoutes(ports: ActivityRoutePorts): Route[] {
  return [
    route<unknown, { stream_id?: string }>({
      method: "GET",
      path: "/v1/activity",
      operation: "listActivity",
      role: "viewer",
      payloads: "none",
      summary: "What arrived, by stream: the last hit, today, 14 days, what was refused and what waits",
      parameters: [
        {
          ...idParameter,
          name: "stream_id",
          in: "query",
          description: "the id of a stream: only this one, also where it was removed",
        },
      ],
      answer: jsonAnswer("The streams in the order of their ids", ref("Activities")),
      problems: ["stream_unknown", "registry_down", "warehouse_down", "table_forbidden"],
      async handle({ query: { stream_id }, who }) {
        const all = readAll(await ports.registry.list(), ports);
        const shown =
          stream_id === undefined ? all.filter(({ removed }) => !removed) : [findReading(all, stream_id)];
        const [{ at, streams }, waiting] = await Promise.all([
          readActivity(ports, shown),
          waitingByStream(ports, who),
        ]);
        return json({
          at,
          streams: streams.map((activity, index) => {
            const { id, document } = shown[index]!;
            return {
              id,
              ...(document["name"] !== undefined && { name: document["name"] }),
              ...activity,
              dead_letters_waiting: waiting.get(activity.stream_ref)?.count ?? 0,
            };
          }),
        });
      },
    }),

    route<unknown, unknown, { stream_id?: string }>({
      method: "POST",
      path: "/v1/activity/check",
      // Whoever looks may have it exact: it counts, and changes nothing that anybody made.
      role: "viewer",
      payloads: "none",
      operation: "checkActivity",
      summary:
        "Counts days that are over in the tables themselves, where that was not done: their hits are exact then. What is usual for the streams is learned of them",
      body: {
        type: "object",
        properties: {
          stream_id: { ...idParameter.schema, description: "the id of a stream: only this one" },
        },
        additionalProperties: false,
      },
      answer: jsonAnswer("What was checked", ref("ActivityChecked")),
      problems: ["stream_unknown", "registry_down", "warehouse_down", "table_forbidden", "schema_differs"],
      async handle({ body: { stream_id } }) {
        const all = readAll(await ports.registry.list(), ports);
        const one = stream_id === undefined ? {} : { streamId: findReading(all, stream_id).id };
        const checked = await checkActivity(ports, all, { ...one, timeMs: checkMs, tablesAtOnce });
        await ports.health.learn(all, { daysMax: learnedDaysMax });
        return json(checked);
      },
    }),
  ];
}
