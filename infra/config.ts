import { Ajv, type ErrorObject } from "ajv";
import { configInvalid } from "../functions/problem.ts";

/** The environment, read once by a main.ts: one schema says what is allowed and what is the default. */
export interface ConfigSchema {
  readonly type: "object";
  readonly required?: readonly string[];
  readonly properties: Readonly<
    Record<
      string,
      { readonly description: string; readonly [keyword: string]: unknown }
    >
  >;
}

/** @throws config_invalid naming every variable at fault; values are never shown, some are secrets */
export function readConfig<Config extends object>(
  schema: ConfigSchema,
  env: Record<string, string | undefined>,
): Readonly<Config> {
  const ajv = new Ajv({
    allErrors: true,
    coerceTypes: true,
    useDefaults: true,
    removeAdditional: "all",
    verbose: true,
  });
  const isConfig = ajv.compile<Config>({
    ...schema,
    additionalProperties: false,
  });
  // An empty variable is one that nobody set.
  const config: unknown = Object.fromEntries(
    Object.entries(env).filter(
      ([, value]) => value !== undefined && value !== "",
    ),
  );
  if (isConfig(config)) return Object.freeze(config);
  throw configInvalid({
    problems: (isConfig.errors ?? [])
      .map((error) => sentence(error, schema))
      .join("; "),
  });
}

function sentence(
  { keyword, instancePath, message, params, parentSchema }: ErrorObject,
  schema: ConfigSchema,
): string {
  if (keyword === "required") {
    const name = String(params["missingProperty"]);
    return `${name} is not set: ${schema.properties[name]?.description ?? "it is required"}`;
  }
  const name = instancePath.slice(1);
  const description = String(parentSchema?.["description"] ?? "");
  const allowed =
    keyword === "enum"
      ? `must be one of ${(params["allowedValues"] as unknown[]).join(", ")}`
      : message;
  return `${name} ${allowed} (${description})`;
}
