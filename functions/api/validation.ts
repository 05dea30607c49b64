import { Ajv, type ErrorObject } from "ajv";
import { type Saying, wrongIn } from "../schema-error.ts";
import { addFormats } from "../streams/formats.ts";
import { requestRefused } from "../problems.ts";
import type { Parameter } from "./route.ts";
import { type Schema } from "./schema.ts";

/** Checks what comes in by the schemas of the route, fills in defaults, and says in one
 *  sentence what is wrong. */

const bodies = new Ajv({
  allErrors: true,
  verbose: true,
  useDefaults: true,
  strictTypes: false,
});
addFormats(bodies);
/** Parameters are texts: they become what their schema says. */
const parameters = new Ajv({
  allErrors: true,
  verbose: true,
  useDefaults: true,
  coerceTypes: true,
  strictTypes: false,
});

/** Returns the value; its type is the caller's, as the schema says. @throws request_refused */
export type Check = (value: unknown) => unknown;

export function checkBody(schema: Schema, sayings: Readonly<Record<string, Saying>> = {}): Check {
  const isRight = bodies.compile(schema);
  return (value) => {
    if (!isRight(value))
      throw requestRefused({
        what: sentences(isRight.errors ?? [], "field", "the body", sayings),
      });
    return value;
  };
}

/** @param place path and query parameters are checked apart: each may hold the same name */
export function checkParameters(declared: readonly Parameter[], place: Parameter["in"]): Check {
  const here = declared.filter((parameter) => parameter.in === place);
  const isRight = parameters.compile({
    type: "object",
    properties: Object.fromEntries(here.map(({ name, schema }) => [name, schema])),
    required: place === "path" ? here.map(({ name }) => name) : [],
    additionalProperties: false,
  });
  const sayings = Object.fromEntries(
    here.map(({ name, description }) => [name, { hint: `allowed is: ${description}` }]),
  );
  return (value) => {
    if (!isRight(value))
      throw requestRefused({
        what: sentences(isRight.errors ?? [], "parameter", "the address", sayings),
      });
    return value;
  };
}

const sentencesMax = 5;

function sentences(
  errors: readonly ErrorObject[],
  kind: "field" | "parameter",
  whole: string,
  sayings: Readonly<Record<string, Saying>>,
): string {
  const said = new Map<string, string>();
  for (const error of errors) {
    // The parts of a choice say nothing that the choice does not say better.
    if (/\/(oneOf|anyOf|not)\//.test(error.schemaPath)) {
      const field = error.instancePath.split("/")[1];
      if (field === undefined || sayings[field] === undefined) continue;
    }
    const [about, what] = sentence(error, kind, whole, sayings);
    if (!said.has(about)) said.set(about, what);
  }
  const all = [...said.values()].slice(0, sentencesMax).join("; ");
  return all.charAt(0).toUpperCase() + all.slice(1);
}

/** What it is about, so that one field is complained of once; and the complaint. */
function sentence(
  error: ErrorObject,
  kind: "field" | "parameter",
  whole: string,
  sayings: Readonly<Record<string, Saying>>,
): [string, string] {
  const { path, given, allowed } = wrongIn(error, sayings);
  const field = path.join(".");
  const properties = Object.keys((error.parentSchema?.["properties"] as object | undefined) ?? {});
  switch (error.keyword) {
    case "additionalProperties": {
      const unknown = String(error.params["additionalProperty"]);
      const known = properties.length === 0 ? "none is taken here" : `allowed are ${properties.join(", ")}`;
      return [`+${unknown}`, `the ${kind} ${JSON.stringify(unknown.slice(0, 64))} is unknown; ${known}`];
    }
    case "required":
      return [field, `the ${kind} ${field} is missing${sayings[field] === undefined ? "" : `; ${allowed}`}`];
    case "oneOf":
      return [
        field,
        String(error.parentSchema?.["description"] ?? `${whole} ${error.message ?? "is not allowed"}`),
      ];
    case "minProperties":
      return [field, `${whole} is empty; allowed are ${properties.join(", ")}`];
    default:
      return [
        field,
        field === ""
          ? `${whole} is ${given}; it ${error.message ?? "is not allowed"}`
          : `${field} is ${given}; ${allowed}`,
      ];
  }
}
