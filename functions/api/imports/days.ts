import { type DayPorts, daysMax, listDays } from "../../import/days/days.ts";
import { json, jsonAnswer, type Parameter, route, type Route } from "../route.ts";
import { day, ref } from "../schema.ts";
import { importParameter } from "./imports.ts";

/** Days of imports: whether their data came in time. */
export function importDayRoutes(ports: DayPorts): Route[] {
  return [
    route<{ name: string }, { from?: string; to?: string }>({
      method: "GET",
      path: "/v1/imports/{name}/days",
      operation: "listImportDays",
      role: "viewer",
      payloads: "none",
      summary: "The days of an import, and whether the data of each came in time",
      parameters: [
        importParameter,
        dayParameter(
          "from",
          `the first day, as YYYY-MM-DD; two weeks where left out, ${daysMax} days at most`,
        ),
        dayParameter("to", "the last day, as YYYY-MM-DD; today in the zone of the import where left out"),
      ],
      answer: jsonAnswer("The days, the oldest first", ref("ImportDays")),
      problems: ["import_unknown", "warehouse_down", "dataset_missing", "table_forbidden"],
      handle: async ({ path: { name }, query }) => json({ days: await listDays(ports, name, query) }),
    }),
  ];
}

const dayParameter = (name: string, description: string): Parameter => ({
  name,
  in: "query",
  description,
  schema: day,
});
