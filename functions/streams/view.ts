import { createHmac, randomBytes } from "node:crypto";
import { checkDestination } from "../destination.ts";
import { isUuid } from "../hit.ts";
import { asProblem, asRead } from "../problem.ts";
import { rowColumns } from "../hits/row.ts";
import { exampleHit } from "./example.ts";
import { type Reading, writing } from "./reading.ts";
import { differentUsers, viewNamesTaken } from "./tables/sharing.ts";
import { shownFields, unknownFields } from "./document.ts";
import { streamFields } from "./fields.ts";
import { type Lookup, senderIn, type Stream } from "./stream.ts";
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
}

const tablesAtOnce = 16;
/** One sick table must not hold up the list. */
const tableDeadlineMs = 5_000;
const notInTime = () => ["The table could not be looked at in time; whether it takes rows is not known."];

/** Streams with what is wrong with their tables: each table is looked at once.
 *  @param all every stream there is */
export async function viewStreams(
  ports: ViewPorts,
  shown: readonly Reading[],
  all: readonly Reading[],
): Promise<StreamView[]> {
  const looked = await lookAtTables(ports.warehouse, shown);
  return shown.map((reading) => viewOf(ports, reading, all, looked));
}

/** What is wrong with the tables of these streams, in sentences, by table. */
export async function lookAtTables(
  warehouse: Pick<Warehouse, "describe">,
  shown: readonly Reading[],
): Promise<ReadonlyMap<string, readonly string[]>> {
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
      (error: unknown) => [`The table could not be looked at: ${asProblem(asRead(error)).message}`],
    );
    return [name, await within(left, problems, notInTime)] as const;
  });
  return new Map(looked);
}

/** @param looked what is wrong with tables; one that is not in it was not looked at */
export function viewOf(
  { collectUrl }: Omit<ViewPorts, "warehouse">,
  reading: Reading,
  all: readonly Reading[],
  looked: ReadonlyMap<string, readonly string[]>,
): StreamView {
  const { id, document, lookup } = reading;
  const stream = writing(reading);
  const reachable = isUuid(id);
  const known = Object.fromEntries(
    shownFields()
      .filter(([name]) => name in document)
      .map(([name]) => [name, document[name]]),
  );
  const endpoint = `${collectUrl}/ds/${id}`;
  return {
    ...known,
    id,
    state: lookup.kind === "valid" ? lookup.stream.state : lookup.state,
    valid: lookup.kind === "valid",
    problems: lookup.kind === "valid" ? [] : [...lookup.problems],
    warnings: [
      ...(reachable ? [] : [unreachable]),
      ...unknown(document),
      ...(stream === undefined ? [] : shared(stream, all)),
      ...(stream === undefined ? [] : viewsTaken(stream, all)),
      ...(stream === undefined ? [] : (looked.get(tableName(stream.table)) ?? [])),
    ],
    reachable,
    ...(reachable ? { endpoint, ...tried(endpoint, lookup) } : { suggested_id: suggest(id, all) }),
  };
}

const unreachable =
  "The id is no UUID in lower case, so no address leads here. Give the document the suggested id.";

function unknown(document: object): string[] {
  const names = unknownFields(document);
  if (names.length === 0) return [];
  const some = names.slice(0, 10).map((name) => JSON.stringify(name.slice(0, 64)));
  return [
    `Nothing reads the field${names.length === 1 ? "" : "s"} ${some.join(", ")}; known are ${Object.keys(streamFields).join(", ")}.`,
  ];
}

function shared(stream: Stream, all: readonly Reading[]): string[] {
  return differentUsers(stream, all).map(
    ({ other, differs }) =>
      `${other} writes to ${tableName(stream.table)} too, with ${differs}. Give both the same key, updated and items, or another table.`,
  );
}

function viewsTaken(stream: Stream, all: readonly Reading[]): string[] {
  return viewNamesTaken(stream, all).map(
    (taken) => `${taken}, which cannot be made. Give one of the streams another table.`,
  );
}

/** Whoever must prove themselves cannot do it in a line. */
function tried(endpoint: string, lookup: Lookup): { curl?: string } {
  return (senderIn(lookup)?.auth ?? []).length > 0 ? {} : { curl: curl(endpoint, lookup) };
}

function curl(endpoint: string, lookup: Lookup): string {
  const { methods, ...stream } = lookup.kind === "valid" ? lookup.stream : { methods: ["POST"] };
  const { text, isJson, query, headers } = exampleHit(stream);
  const said = Object.entries(headers).map(([name, value]) => `-H "${name}: ${value}" `);
  if (!methods.includes("POST") && !methods.includes("PUT"))
    return `curl ${said.join("")}"${endpoint}?${query}"`;
  const method = methods.includes("POST") ? "POST" : "PUT";
  const body = isJson ? `-H "Content-Type: application/json" -d '${text}'` : `-d "${text}"`;
  return `curl ${said.join("")}${body} -X ${method} ${endpoint}`;
}

function suggest(id: string, all: readonly Reading[]): string {
  const lower = id.toLowerCase();
  return isUuid(lower) && all.every((reading) => reading.id !== lower) ? lower : madeFrom(id);
}

const secret = randomBytes(32);

/** The same for the same document as long as the process lives, and a key that nobody
 *  can guess from its id. */
function madeFrom(id: string): string {
  const bytes = createHmac("sha256", secret).update(id).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
