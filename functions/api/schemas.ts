import { feedAnswers } from "./feeds/schemas.ts";
import { alertSchemas } from "./alerts.ts";
import { hitSchemas } from "./hits.ts";
import { importHitSchemas } from "./imports/hits.ts";
import { linkSchemas } from "./imports/links.ts";
import { sharedTableSchemas } from "./imports/tables.ts";
import { importSchemas } from "./imports/schemas.ts";
import { letterSchemas } from "./letters/schemas.ts";
import { peopleSchemas } from "./people/schemas.ts";
import { type Schemas, text } from "./schema.ts";
import { statusSchemas } from "./status.ts";
import { healthSchemas } from "./streams/health.ts";
import { streamSchemas } from "./streams/schemas.ts";
import { tableSchemas } from "./tables/schemas.ts";

/** What all answers look like: `components.schemas` of the OpenAPI document. */
export const schemas: Schemas = {
  Problem: {
    type: "object",
    required: ["type", "title", "status", "detail", "code"],
    properties: {
      type: { ...text, format: "uri-reference", description: "Leads to the code in the page /errors" },
      title: text,
      status: { type: "integer" },
      detail: {
        ...text,
        description: "What was given, what is allowed, what to do next",
      },
      code: {
        ...text,
        description: "Stable; docs/errors.md lists all of them",
      },
      next: {
        type: "object",
        description: "What helps, where that is another request",
        required: ["operation"],
        properties: {
          operation: { ...text, description: "Of this document, e.g. GET /v1/streams" },
          command: {
            ...text,
            description:
              "What does the same at the command line; the help of the command given where left out",
          },
        },
      },
    },
  },
  ...statusSchemas,
  ...streamSchemas,
  ...healthSchemas,
  ...alertSchemas,
  ...hitSchemas,
  ...tableSchemas,
  ...letterSchemas,
  ...peopleSchemas,
  ...importSchemas,
  ...linkSchemas,
  ...sharedTableSchemas,
  ...importHitSchemas,
  ...feedAnswers,
};
