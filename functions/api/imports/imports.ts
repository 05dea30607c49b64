import type { AuditPorts } from "../../people/audit.ts";
import { nextDeadline } from "../../import/days/deadline.ts";
import type { MappingPorts } from "../../import/links/mapping.ts";
import { fieldSchemas, importNamePattern, nameSchema } from "../../import/registered/fields.ts";
import {
  addImport,
  changeImport,
  findImport,
  listImports,
  type GivenFields,
  type ImportView,
} from "../../import/registered/imports.ts";
import { pageParameters } from "../parameters.ts";
import { json, jsonAnswer, type Parameter, route, type Route } from "../route.ts";
import { ref } from "../schema.ts";

/** Imports of backend events: what is set on them. */
export function importRoutes(
  ports: AuditPorts & MappingPorts & { readonly uploads?: { readonly arrived: () => unknown } },
): Route[] {
  const withDeadline = (one: ImportView) => {
    const next_deadline = nextDeadline(one, ports.now());
    return { ...one, ...(next_deadline !== undefined && { next_deadline }) };
  };

  return [
    route<unknown, { limit: number; after?: string }>({
      method: "GET",
      path: "/v1/imports",
      operation: "listImports",
      role: "viewer",
      payloads: "none",
      summary: "The imports of backend events, and what is set on them",
      parameters: pageParameters("the name of the last import of the page before", importNamePattern),
      answer: jsonAnswer("The imports, by name", ref("Imports")),
      problems: [],
      async handle({ query }) {
        const { imports, ...more } = await listImports(ports, query);
        return json({ imports: imports.map(withDeadline), ...more });
      },
    }),

    route<unknown, unknown, Omit<GivenFields, "web_events"> & { name: string; zone: string }>({
      method: "POST",
      path: "/v1/imports",
      operation: "addImport",
      role: "editor",
      payloads: "none",
      summary: "Adds an import, to which files of backend events go",
      body: {
        type: "object",
        required: ["name", "zone"],
        properties: { name: nameSchema, ...addedSchemas },
        additionalProperties: false,
      },
      answer: jsonAnswer("The import", ref("Import"), 201),
      problems: ["import_there"],
      async handle({ who, body }) {
        const added = await addImport(ports, who, body);
        // Its table is looked at soon.
        if (added.table !== undefined) await ports.uploads?.arrived();
        return json(withDeadline(added), 201);
      },
    }),

    route<{ name: string }>({
      method: "GET",
      path: "/v1/imports/{name}",
      operation: "showImport",
      role: "viewer",
      payloads: "none",
      summary: "One import, and what is set on it",
      parameters: [importParameter],
      answer: jsonAnswer("The import", ref("Import")),
      problems: ["import_unknown"],
      handle: async ({ path: { name } }) => json(withDeadline(await findImport(ports, name))),
    }),

    route<{ name: string }, unknown, GivenFields>({
      method: "PATCH",
      path: "/v1/imports/{name}",
      operation: "changeImport",
      role: "editor",
      payloads: "none",
      summary: "Changes what is set on an import, for the files that come after it",
      parameters: [importParameter],
      body: { type: "object", properties: fieldSchemas, additionalProperties: false, minProperties: 1 },
      answer: jsonAnswer("The import", ref("Import")),
      problems: ["import_unknown", "documents_conflict", "query_refused", "table_missing"],
      async handle({ who, path: { name }, body }) {
        const changed = await changeImport(ports, who, name, body);
        // Its links are made anew soon, where somebody does that here, and its table is looked at.
        if (body.web_events || body.table) await ports.uploads?.arrived();
        return json(withDeadline(changed));
      },
    }),
  ];
}

/** Which web events there are is said of an import that is there. */
const { web_events: _web, ...addedSchemas } = fieldSchemas;

export const importParameter: Parameter = {
  name: "name",
  in: "path",
  description: "the name of an import: 1 to 40 small letters, digits, - and _",
  schema: { type: "string", pattern: importNamePattern },
};
