/** A Firestore document as plain data, and back. Written by the API, by Terraform or by hand in
 *  the console, a document reads the same: times are ISO 8601 texts whether Firestore holds them
 *  as timestamps or as texts.
 *  Source: https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#value */

/** `valueType` names the one field that is set; it comes with what was read, and
 *  nobody needs it for writing. */
export interface Value {
  readonly valueType?: string;
  readonly nullValue?: "NULL_VALUE";
  readonly booleanValue?: boolean;
  readonly integerValue?: string | number;
  readonly doubleValue?: number;
  readonly timestampValue?: Timestamp;
  readonly stringValue?: string;
  readonly bytesValue?: Uint8Array;
  readonly referenceValue?: string;
  readonly geoPointValue?: { latitude?: number; longitude?: number };
  readonly arrayValue?: { values?: readonly Value[] };
  readonly mapValue?: { fields?: Fields };
}

export type Fields = Readonly<Record<string, Value>>;

export interface Timestamp {
  readonly seconds?: string | number;
  readonly nanos?: number;
}

export function fromFields(fields: Fields | null | undefined): Record<string, unknown> {
  // fromEntries sets own fields, also one named __proto__.
  return Object.fromEntries(Object.entries(fields ?? {}).map(([name, value]) => [name, fromValue(value)]));
}

function fromValue(value: Value): unknown {
  switch (value.valueType) {
    case "arrayValue":
      return (value.arrayValue?.values ?? []).map(fromValue);
    case "mapValue":
      return fromFields(value.mapValue?.fields);
    case "timestampValue":
      return isoTime(value.timestampValue ?? {});
    case "integerValue":
      return integer(value.integerValue ?? 0);
    case "bytesValue":
      return Buffer.from(value.bytesValue ?? []).toString("base64");
    case "geoPointValue":
      return {
        latitude: value.geoPointValue?.latitude ?? 0,
        longitude: value.geoPointValue?.longitude ?? 0,
      };
    default:
      return value.stringValue ?? value.booleanValue ?? value.doubleValue ?? value.referenceValue ?? null;
  }
}

function integer(value: string | number): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

/** Firestore keeps microseconds, a Date milliseconds: what is below is cut. */
function isoTime({ seconds, nanos }: Timestamp): string {
  return new Date(Number(seconds ?? 0) * 1_000 + Math.floor((nanos ?? 0) / 1e6)).toISOString();
}

/** What JSON can hold; undefined fields are left out. Times that are texts stay texts. */
export function toFields(document: object): Record<string, Value> {
  const fields: Record<string, Value> = {};
  for (const [name, value] of Object.entries(document))
    if (value !== undefined) fields[name] = toValue(value);
  return fields;
}

function toValue(value: unknown): Value {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { booleanValue: value };
  if (typeof value === "number")
    return Number.isSafeInteger(value) ? { integerValue: value } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(toValue) } };
  if (typeof value === "object" && value !== null) return { mapValue: { fields: toFields(value) } };
  return { nullValue: "NULL_VALUE" };
}
