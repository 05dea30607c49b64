import { readActivity } from "../activity/read.ts";
import { waitingByStream } from "../letters/waiting.ts";
import { findReading } from "../streams/change.ts";
import { readAll } from "../streams/reading.ts";
import { idParameter } from "./parameters.ts";
import type { AdminPorts } from "./ports.ts";
import { json, jsonAnswer, ref, route, type Route } from "./route.ts";

/** Does my data arrive? */
export function activityRoutes(ports: AdminPorts): Route[] {
  return [
    route<unknown, { stream_id?: string }>({
      method: "GET",
      path: "/v1/activity",
      operation: "listActivity",
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
      async handle({ query: { stream_id } }) {
        const all = readAll(await ports.registry.list(), ports);
        const shown =
          stream_id === undefined ? all.filter(({ removed }) => !removed) : [findReading(all, stream_id)];
        const [{ at, streams }, waiting] = await Promise.all([
          readActivity(ports, shown),
          waitingByStream(ports),
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
  ];
}
