/** What ajv found to be wrong, in the parts of a sentence: which field, what was given, what is
 *  allowed. Whoever checks by a schema makes a sentence of them: the admin API, a stream's
 *  document, the environment. */

/** An ErrorObject of ajv, with `verbose`. */
export interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
  readonly data?: unknown;
  readonly parentSchema?: Readonly<Record<string, unknown>>;
}

/** How a sentence speaks of a field. */
export interface Saying {
  /** What is allowed, or why it is needed: the end of a sentence. */
  readonly hint?: string;
  /** Its value is shown to nobody. */
  readonly secret?: boolean;
}

export interface Wrong {
  /** Names from the whole down to what is at fault; none where it is the whole. */
  readonly path: readonly string[];
  readonly isMissing: boolean;
  /** What was given, as a sentence may repeat it. */
  readonly given: string;
  /** What is allowed: the end of a sentence. */
  readonly allowed: string;
}

/** Of what was given, so much is repeated. */
const givenMax = 120;

export function wrongIn(error: SchemaError, sayings: Readonly<Record<string, Saying>>): Wrong {
  const isMissing = error.keyword === "required";
  const path = isMissing ? [String(error.params["missingProperty"])] : error.instancePath.split("/").slice(1);
  return {
    path,
    isMissing,
    given: quotable(error.data, path[0], sayings) ?? "not as it should be",
    allowed: sayings[path.join(".")]?.hint ?? (isMissing ? "it is required" : allowedBy(error)),
  };
}

/** The value that was given, as a sentence may repeat it: configuration, not payload. Undefined where it is a
 *  secret, or a whole that may hold one.
 *  @param field the first name of its path; undefined for the whole */
function quotable(
  value: unknown,
  field: string | undefined,
  sayings: Readonly<Record<string, Saying>>,
): string | undefined {
  const spoken = field === undefined ? Object.values(sayings) : [sayings[field]];
  if (spoken.some((saying) => saying?.secret === true)) return undefined;
  if (typeof value === "string") return JSON.stringify(value.slice(0, givenMax));
  return JSON.stringify(value)?.slice(0, givenMax);
}

function allowedBy({ keyword, params, parentSchema, message }: SchemaError): string {
  const values = keyword === "enum" ? params["allowedValues"] : undefined;
  if (Array.isArray(values)) return `allowed are ${values.join(", ")}`;
  const description = parentSchema?.["description"];
  return typeof description === "string" ? `allowed is: ${description}` : `it ${message ?? "is not allowed"}`;
}
