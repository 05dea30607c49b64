import { Ajv, type ErrorObject, type FuncKeywordDefinition } from "ajv";
import { configInvalid } from "../functions/problems.ts";
import { wrongIn } from "../functions/schema-error.ts";

/** The environment, read once by a main.ts: one schema says what is allowed and what is the default. */
export interface ConfigSchema {
  readonly type: "object";
  readonly required?: readonly string[];
  readonly properties: Readonly<Record<string, Variable>>;
}

export interface Variable {
  readonly description: string;
  /** What a value must be, in words, where a pattern checks it. */
  readonly allowed?: string;
  /** Its value is shown to nobody. */
  readonly secret?: boolean;
  /** What people write, as what it means. */
  readonly readAs?: (written: string) => string;
  readonly [keyword: string]: unknown;
}

/** An address with a slash at its end means the one without. */
export const withoutSlash = (address: string): string => address.replace(/\/+$/, "");

/** @throws config_invalid naming every variable at fault, what was given (but for
 *  secrets) and what is allowed */
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
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || value === ""
        ? []
        : [[name, schema.properties[name]?.readAs?.(value) ?? value] as const],
    ),
  );
  if (isConfig(config)) return Object.freeze(config);
  const sentences = (isConfig.errors ?? []).map((error) => sentence(error, schema, env));
  throw configInvalid({ problems: [...new Set(sentences)].join("; ") });
}

/** Names that are taken, and another variable whose value is: without regard to case, because
 *  some warehouses have none. */
const keywords: readonly (FuncKeywordDefinition | string)[] = [
  "allowed",
  "secret",
  "readAs",
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

function sentence(error: ErrorObject, schema: ConfigSchema, env: Record<string, string | undefined>): string {
  // As it was written, before it was read as what it means.
  const written = { ...error, data: env[error.instancePath.slice(1)] };
  const { path, isMissing, given } = wrongIn(written, schema.properties);
  const [name = ""] = path;
  const variable = schema.properties[name];
  if (variable === undefined || isMissing)
    return `${name} is not set: ${variable?.description ?? "it is required"}`;
  const not = variable.secret ? "" : `, not ${given}`;
  return `${name} must ${allowed(error.keyword, variable)}${not} (${variable.description})`;
}

function allowed(keyword: string, variable: Variable): string {
  switch (keyword) {
    case "enum":
      return `be one of ${list(variable["enum"])}`;
    case "noneOf":
      return `be none of ${list(variable["noneOf"])}, in whatever case`;
    case "differsFrom":
      return `differ from ${String(variable["differsFrom"])}, and not in its case alone`;
    case "maxLength":
      return `have at most ${String(variable["maxLength"])} characters`;
    default:
      return variable["type"] === "integer"
        ? `be a whole number from ${String(variable["minimum"])} to ${String(variable["maximum"])}`
        : `be ${variable.allowed ?? "a text"}`;
  }
}

function list(names: unknown): string {
  return Array.isArray(names) ? names.join(", ") : "";
}
