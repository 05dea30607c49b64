import { Ajv, type ErrorObject, type FuncKeywordDefinition } from "ajv";
import { configInvalid } from "../functions/problem.ts";

/** The environment, read once by a main.ts: one schema says what is allowed and what is the default. */
export interface ConfigSchema {
  readonly type: "object";
  readonly required?: readonly string[];
  readonly properties: Readonly<
    Record<string, { readonly description: string; readonly [keyword: string]: unknown }>
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
  for (const keyword of keywords) ajv.addKeyword(keyword);
  const isConfig = ajv.compile<Config>({
    ...schema,
    additionalProperties: false,
  });
  // An empty variable is one that nobody set.
  const config: unknown = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ""),
  );
  if (isConfig(config)) return Object.freeze(config);
  throw configInvalid({
    problems: (isConfig.errors ?? []).map((error) => sentence(error, schema)).join("; "),
  });
}

/** Names that are taken, and another variable whose value is: without regard to case, because some warehouses have none. */
const keywords: readonly FuncKeywordDefinition[] = [
  {
    keyword: "noneOf",
    type: "string",
    validate: (names: readonly string[], value: string) => names.every((name) => !isSame(name, value)),
  },
  {
    keyword: "differsFrom",
    type: "string",
    validate: (other: string, value: string, _?: unknown, config?: { parentData: Record<string, unknown> }) =>
      !isSame(String(config?.parentData[other]), value),
  },
];

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
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
  const allowed: Record<string, string> = {
    enum: `must be one of ${list(params["allowedValues"])}`,
    noneOf: `must be none of ${list(parentSchema?.["noneOf"])}, in whatever case`,
    differsFrom: `must differ from ${String(parentSchema?.["differsFrom"])}, and not in its case alone`,
  };
  return `${name} ${allowed[keyword] ?? message} (${description})`;
}

function list(names: unknown): string {
  return Array.isArray(names) ? names.join(", ") : "";
}
