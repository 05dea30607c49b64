import type { Registered } from "../registry.ts";
import { readStream, type Datasets, type Lookup, type Stream } from "./stream.ts";

/** A document with what can be read in it. */
export interface Reading {
  readonly id: string;
  readonly version: string;
  /** Empty where it is no object. */
  readonly document: Readonly<Record<string, unknown>>;
  readonly lookup: Exclude<Lookup, { kind: "missing" }>;
  readonly removed: boolean;
}

export function readAll(registered: readonly Registered[], datasets: Datasets): Reading[] {
  return registered.map(({ id, document, version }) => {
    const lookup = readStream(id, document, datasets);
    if (lookup.kind === "missing") throw new Error("A document that is there was read as missing.");
    const fields: Record<string, unknown> =
      typeof document === "object" && document !== null && !Array.isArray(document) ? { ...document } : {};
    return {
      id,
      version,
      document: fields,
      lookup,
      removed: (fields["removed_at"] ?? undefined) !== undefined,
    };
  });
}

/** The streams that still write: what they share a table with matters. */
export function writing(reading: Reading): Stream | undefined {
  return reading.removed || reading.lookup.kind !== "valid" || reading.lookup.stream.state === "closed"
    ? undefined
    : reading.lookup.stream;
}
