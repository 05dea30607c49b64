import { randomUUID } from "node:crypto";
import { checkDestination } from "../destination.ts";
import { isUuid } from "../hit.ts";
import { asProblem } from "../problem.ts";
import type { Registered } from "../registry.ts";
import { rowColumns } from "../hits/row.ts";
import { readStream, streamSchema, type Lookup, type Stream, unknownFields } from "./stream.ts";
import { tableName } from "../table.ts";
import { inParallel, within } from "../within.ts";
import type { Warehouse } from "../warehouse.ts";

/** A stream as people see it: its document, its address, and what is wrong with it. */
export interface StreamView extends Record<string, unknown> {
  id: string;
  state: string;
  valid: boolean;
  problems: string[];
  warnings: string[];
  reachable: boolean;
  endpoint?: string;
  curl?: string;
  suggested_id?: string;
}

export interface ViewPorts {
  warehouse: Warehouse;
  /** Under which address the world reaches collect, without a slash at its end. */
  collectUrl: string;
  /** Makes the id of a new stream: a fresh UUID v4 where left out. */
  newId?: () => string;
}

/** A document with what can be read in it. */
export interface Reading {
  readonly id: string;
  readonly version: string;
  /** Empty where it is no object. */
  readonly document: Readonly<Record<string, unknown>>;
  readonly lookup: Exclude<Lookup, { kind: "missing" }>;
  readonly removed: boolean;
}

export function readAll(registered: readonly Registered[], defaultDataset: string): Reading[] {
  return registered.map(({ id, document, version }) => {
    const lookup = readStream(id, document, defaultDataset);
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
function writing(reading: Reading): Stream | undefined {
  return reading.removed || reading.lookup.kind !== "valid" || reading.lookup.stream.state === "closed"
    ? undefined
    : reading.lookup.stream;
}

/** How other streams use the table of this one differently: they share its views. Others are named as people name
 *  them: an id is a key. */
export function differentUsers(
  stream: Stream,
  all: readonly Reading[],
): { other: string; differs: string }[] {
  const table = tableName(stream.table);
  return all.flatMap((reading) => {
    const other = writing(reading);
    if (other === undefined || other.id === stream.id || tableName(other.table) !== table) return [];
    if (other.key === stream.key && other.updated === stream.updated) return [];
    const differs = `${say("key", other.key)} and ${say("updated", other.updated)}`;
    return [{ other: called(other), differs }];
  });
}

const called = ({ name }: Stream) =>
  name === undefined ? "Another stream (without a name)" : `The stream "${name}"`;

/** How the table of this stream and the views of another one have one name, or the other way round: the view would not
 *  be made, and whoever reads it would get rows of the other stream. */
export function viewNamesTaken({ id, table }: Stream, all: readonly Reading[]): string[] {
  return all.flatMap((reading) => {
    const other = writing(reading);
    if (other === undefined || other.id === id) return [];
    const [name, there] = [tableName(table), tableName(other.table)];
    if (isViewOf(name, there))
      return [`${called(other)} writes to ${there}, and ${name} is the name of a view of that table`];
    return isViewOf(there, name)
      ? [`${called(other)} writes to ${there}, and that is the name of a view of ${name}`]
      : [];
  });
}

/** In any case: some warehouses would take the names for the same. */
function isViewOf(view: string, table: string): boolean {
  return viewSuffixes.some((suffix) => view.toLowerCase() === (table + suffix).toLowerCase());
}

/** What a table's views are called. */
export const viewSuffixes = ["_unique", "_current"] as const;

const say = (field: string, value: string | undefined) =>
  value === undefined ? `no ${field}` : `the ${field} ${value}`;

const tablesAtOnce = 16;
/** One sick table must not hold up the list. */
const tableDeadlineMs = 5_000;
const notInTime = () => ["The table could not be looked at in time; whether it takes rows is not known."];

/** @param shown the streams to show
 *  @param all every stream there is */
export async function viewStreams(
  { warehouse, collectUrl, newId = randomUUID }: ViewPorts,
  shown: readonly Reading[],
  all: readonly Reading[],
): Promise<StreamView[]> {
  const tables = new Map(
    shown.flatMap((reading) => {
      const stream = writing(reading);
      return stream === undefined ? [] : [[tableName(stream.table), stream.table] as const];
    }),
  );
  // One deadline for all of them: those that wait for their turn when it passes are not looked at any more.
  const deadline = performance.now() + tableDeadlineMs;
  const looked = await inParallel([...tables], tablesAtOnce, async ([name, table]) => {
    const left = deadline - performance.now();
    if (left <= 0) return [name, notInTime()] as const;
    const problems = checkDestination(warehouse, table, rowColumns).then(
      (found) => found.map(({ message }) => message),
      (error: unknown) => [`The table could not be looked at: ${asProblem(error).message}`],
    );
    return [name, await within(left, problems, notInTime)] as const;
  });
  const destinations = new Map(looked);

  return shown.map((reading) => {
    const { id, document, lookup } = reading;
    const stream = writing(reading);
    const reachable = isUuid(id);
    const known = Object.fromEntries(
      Object.keys(streamSchema.properties)
        .filter((name) => name in document)
        .map((name) => [name, document[name]]),
    );
    const endpoint = `${collectUrl}/ds/${id}`;
    return {
      ...known,
      id,
      state: lookup.kind === "valid" ? lookup.stream.state : lookup.state,
      valid: lookup.kind === "valid",
      problems: lookup.kind === "valid" ? [] : [...lookup.problems],
      warnings: [
        ...(reachable
          ? []
          : [
              "The id is no UUID in lower case, so no address leads here. Give the document the suggested id.",
            ]),
        ...unknown(document),
        ...(stream === undefined ? [] : shared(stream, all)),
        ...(stream === undefined ? [] : viewsTaken(stream, all)),
        ...(stream === undefined ? [] : (destinations.get(tableName(stream.table)) ?? [])),
      ],
      reachable,
      ...(reachable ? { endpoint, curl: curl(endpoint, lookup) } : { suggested_id: suggest(id, all, newId) }),
    };
  });
}

function unknown(document: object): string[] {
  const names = unknownFields(document);
  if (names.length === 0) return [];
  const some = names.slice(0, 10).map((name) => JSON.stringify(name.slice(0, 64)));
  return [
    `Nothing reads the field${names.length === 1 ? "" : "s"} ${some.join(", ")}; known are ${Object.keys(streamSchema.properties).join(", ")}.`,
  ];
}

function shared(stream: Stream, all: readonly Reading[]): string[] {
  return differentUsers(stream, all).map(
    ({ other, differs }) =>
      `${other} writes to ${tableName(stream.table)} too, with ${differs}. Give both the same key and updated, or another table.`,
  );
}

function viewsTaken(stream: Stream, all: readonly Reading[]): string[] {
  return viewNamesTaken(stream, all).map(
    (taken) => `${taken}, which cannot be made. Give one of the streams another table.`,
  );
}

function curl(endpoint: string, lookup: Lookup): string {
  const example = "orderId=N1&status=delivered&total=120.13&userId=U1";
  const onlyGet =
    lookup.kind === "valid" &&
    !lookup.stream.methods.includes("POST") &&
    !lookup.stream.methods.includes("PUT");
  if (onlyGet) return `curl "${endpoint}?${example}"`;
  const method = lookup.kind === "valid" && !lookup.stream.methods.includes("POST") ? "PUT" : "POST";
  return `curl -d "${example}" -X ${method} ${endpoint}`;
}

function suggest(id: string, all: readonly Reading[], newId: () => string): string {
  const lower = id.toLowerCase();
  return isUuid(lower) && all.every((reading) => reading.id !== lower) ? lower : newId();
}
