import type { Alerts } from "../health/alerts.ts";
import { json, jsonAnswer, route, type Route } from "./route.ts";
import { object, ref, type Schemas, text } from "./schema.ts";

/** Who is told of incidents. */
export function alertRoutes(ports: { alerts: Pick<Alerts, "test"> }): Route[] {
  return [
    route({
      method: "POST",
      path: "/v1/alerts/test",
      operation: "testAlerts",
      role: "admin",
      payloads: "none",
      summary: "Sends a test message on each way on which alerts go, and says which of them took it",
      answer: jsonAnswer("Each way; none where no way is set up", ref("AlertTests")),
      problems: [],
      handle: async () => json({ channels: await ports.alerts.test() }),
    }),
  ];
}

export const alertSchemas: Schemas = {
  AlertTests: object({
    channels: {
      type: "array",
      items: object({ channel: text }, { failure: { ...text, description: "Absent where it was taken" } }),
    },
  }),
};
