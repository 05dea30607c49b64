import { lookSoon, showShared, type SharedViewPorts, withoutQuotes } from "../../import/shared/view.ts";
import { json, jsonAnswer, route, type Route } from "../route.ts";
import { count, day, object, ref, type Schemas, text, unixMs } from "../schema.ts";
import { importParameter } from "./imports.ts";

/** Tables that are shared with an import instead of files. */
export function sharedTableRoutes(
  ports: SharedViewPorts & { readonly uploads?: { readonly arrived: () => unknown } },
): Route[] {
  return [
    route<{ name: string }>({
      method: "GET",
      path: "/v1/imports/{name}/table",
      operation: "showSharedTable",
      role: "viewer",
      payloads: "part",
      summary: "The table that an import reads: what has to be granted, when it was looked at, and its days",
      parameters: [importParameter],
      answer: jsonAnswer("The table", ref("SharedTable")),
      problems: ["import_unknown"],
      async handle({ who, path: { name } }) {
        const view = await showShared(ports, name);
        return json(who.seesPayloads ? view : withoutQuotes(view));
      },
    }),

    route<{ name: string }>({
      method: "POST",
      path: "/v1/imports/{name}/table/look",
      operation: "lookAtSharedTable",
      role: "editor",
      payloads: "part",
      summary: "Has the table looked at soon, such as after it was granted; days that changed are read",
      parameters: [importParameter],
      answer: jsonAnswer("The table, as it was looked at before", ref("SharedTable"), 202),
      problems: ["import_unknown"],
      async handle({ who, path: { name } }) {
        await lookSoon(ports, name);
        await ports.uploads?.arrived();
        const view = await showShared(ports, name);
        return json(who.seesPayloads ? view : withoutQuotes(view), 202);
      },
    }),
  ];
}

export const sharedTableSchemas: Schemas = {
  SharedTable: object(
    {
      table: text,
      days: {
        type: "array",
        items: object({
          date: day,
          rows: count,
          state: {
            enum: ["read", "settling"],
            description: "settling: it changed, and is read once it stays the same",
          },
        }),
      },
      undated: { ...count, description: "Rows whose date is none" },
    },
    {
      grant: {
        ...object({ account: text, role: text, sql: text, command: text, address: text, steps: text }),
        description: "What whoever owns the table has to grant, in four ways; in the cloud",
      },
      looked_at: unixMs,
      code: { ...text, description: "Why it cannot be read" },
      detail: text,
      since: unixMs,
      warning: text,
    },
  ),
};
