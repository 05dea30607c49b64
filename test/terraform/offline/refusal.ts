import { isKnown, type Attribute, type Value } from "./schema.ts";

/** @returns why one known value is refused; undefined where it is not */
export function refusal(attribute: Attribute, value: Value): string | undefined {
  if (Array.isArray(value)) {
    for (const element of value) {
      const why = isKnown(element) ? refusal(attribute, element) : undefined;
      if (why !== undefined) return why;
    }
    return undefined;
  }
  if (typeof value === "object") return badKey(attribute, value as object);
  if (value === "" && attribute.empty) return undefined;
  const why = typeof value === "string" ? badText(attribute, value) : badNumber(attribute, value);
  return why === undefined ? undefined : `must ${why}, not ${JSON.stringify(value)}`;
}

export const shown = (names: readonly string[]): string =>
  names.map((name) => JSON.stringify(name)).join(", ");

function badKey({ key_pattern }: Attribute, value: object): string | undefined {
  if (key_pattern === undefined) return undefined;
  const bad = Object.keys(value).find((key) => !new RegExp(key_pattern).test(key));
  return bad === undefined ? undefined : `the key ${JSON.stringify(bad)} must match ${key_pattern}`;
}

function badText(attribute: Attribute, text: string): string | undefined {
  const { length, pattern, format } = attribute;
  const isSame = (one: string) =>
    attribute.ignore_case ? one.toLowerCase() === text.toLowerCase() : one === text;
  if (attribute.enum !== undefined && !attribute.enum.some(isSame))
    return `be one of ${shown(attribute.enum)}`;
  if (length !== undefined && !isWithin(Buffer.byteLength(text), length))
    return `be ${span(length)} characters long`;
  if (pattern !== undefined && !new RegExp(pattern).test(text)) return `match ${pattern}`;
  const form = format === undefined ? undefined : formats[format]!;
  return form === undefined || form.fits(text) ? undefined : `be ${form.name}`;
}

function badNumber({ integer, range }: Attribute, value: Value): string | undefined {
  if (integer && !Number.isInteger(value)) return "be a whole number";
  return range === undefined || isWithin(value as number, range) ? undefined : `be ${span(range)}`;
}

type Span = NonNullable<Attribute["range"]>;
const isWithin = (value: number, [min, max]: Span) =>
  (min ?? -Infinity) <= value && value <= (max ?? Infinity);
const span = ([min, max]: Span) =>
  min === null ? `at most ${max}` : max === null ? `at least ${min}` : `${min} to ${max}`;

const matching = (pattern: RegExp) => (text: string) => pattern.test(text);

const formats: Record<string, { fits(text: string): boolean; name: string }> = {
  base64: {
    fits: matching(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/),
    name: "base64",
  },
  cidr: {
    fits: matching(/^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)\/\d{1,3}$/),
    name: "a CIDR range",
  },
  "go-duration": {
    fits: matching(/^[-+]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/),
    name: 'a duration such as "30s" or "1h30m"',
  },
  "iam-member": {
    fits: (text) =>
      !text.startsWith("deleted") &&
      /.:.|projectOwners|projectReaders|projectWriters|allUsers|allAuthenticatedUsers/.test(text),
    name: 'an IAM member such as "serviceAccount:NAME" or "allUsers"',
  },
  json: { fits: (text) => isJson(text, () => true), name: "JSON" },
  "json-array": { fits: (text) => isJson(text, Array.isArray), name: "a JSON array" },
  rfc3339: {
    fits: matching(/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[-+]\d\d:\d\d)$/),
    name: "an RFC 3339 time",
  },
};

function isJson(text: string, also: (value: unknown) => boolean): boolean {
  try {
    return also(JSON.parse(text));
  } catch {
    return false;
  }
}
