import { randomUUID } from "node:crypto";
import { isUuid } from "../hit.ts";
import type { Documents } from "../documents.ts";
import type { Log } from "../log.ts";
import { differing, recording } from "../people/audit.ts";
import type { Who } from "../people/who.ts";
import { asProblem } from "../problem.ts";
import {
  streamClosedForGood,
  streamReadOnly,
  streamRefused,
  streamUnknown,
  tableShared,
} from "../problems.ts";
import type { Registry } from "../registry.ts";
import type { Secrets } from "../secrets.ts";
import { secretsOfStream } from "../senders/kept.ts";
import { ensureSealKey } from "../senders/sealed.ts";
import { mainSlot, slotsOf } from "../senders/sender.ts";
import { streamRef } from "../stream-ref.ts";
import { tableName, type TableRef } from "../table.ts";
import type { TableDescription, Warehouse } from "../warehouse.ts";
import { makeDataset } from "./tables/dataset.ts";
import { withoutSecrets } from "./document.ts";
import { exampleStreamId } from "./example.ts";
import { readAll, type Reading } from "./reading.ts";
import { differentUsers } from "./tables/sharing.ts";
import type { Datasets, Stream } from "./stream.ts";
import { refuseUnusable, refuseViewNames, renewViews } from "./tables/table.ts";
import { lookAtTables, type StreamView, viewOf, type ViewPorts } from "./view.ts";

/** What people do with streams. Only these write a document. Each answers with the stream as it is from
 *  now on, made from what it read and wrote. It lists the registry once, and looks once at each table
 *  that the change is about. */

export interface ChangePorts extends ViewPorts {
  /** For the audit. */
  documents: Documents;
  /** Makes the id of a new stream: a fresh UUID v4 where left out. */
  newId?: () => string;
  registry: Registry;
  /** Left out on a ground that has none. */
  secrets?: Secrets;
  /** The dataset of a bare table name. */
  defaultDataset: string;
  /** The product's own dataset, for dead letters. */
  productDataset: string;
  /** Unix ms. */
  now: () => number;
  log: Log;
}

/** The fields of a document that a change may touch; null takes one away. */
type Fields = Readonly<Record<string, unknown>>;

/** Makes the stream's address, and its dataset where the warehouse lets us.
 *  @param fields.id the address it had elsewhere, where its senders go on using it
 *  @throws stream_refused, table_shared, schema_differs, registry_down, registry_conflict, documents_down */
export async function addStream(
  ports: ChangePorts,
  who: Who,
  { id: former, ...fields }: Fields & { readonly id?: string },
): Promise<StreamView> {
  const { registry, now, newId = randomUUID } = ports;
  const id = former ?? newId();
  const at = new Date(now()).toISOString();
  const document = { ...fields, created_at: at, updated_at: at };
  const stream = readable(id, document, ports);
  const before = readAll(await registry.list(), ports);
  if (former !== undefined) refuseTaken(former, before);
  refuseShared(stream, before);
  refuseViewNames(stream, before);
  const warehouse = lookedAtOnce(ports.warehouse);
  await refuseUnusable(warehouse, stream);
  const told = { what: "stream_added", about: aboutStream(id), after: withoutSecrets(document) } as const;
  await recording(ports, who, told, () => registry.write(id, document, null));
  const warnings = [
    ...(await makeDataset(ports, stream)),
    ...(await importWarnings(ports, stream)),
    ...(await senderWarnings(ports, stream)),
  ];
  return answer(ports, before, { id, document }, { warnings, look: warehouse });
}

/** @throws stream_unknown, stream_read_only, stream_closed_for_good, stream_refused, table_shared,
 *  schema_differs, registry_down, registry_conflict, documents_down */
export async function updateStream(
  ports: ChangePorts,
  who: Who,
  named: string,
  fields: Fields,
): Promise<StreamView> {
  const { registry, now } = ports;
  const all = readAll(await registry.list(), ports);
  const before = findReading(all, named);
  const { id } = before;
  refuseReadOnly(before);
  if (before.removed || before.document["state"] === "closed") throw streamClosedForGood();
  const document = merge(before.document, fields);
  document["updated_at"] = new Date(now()).toISOString();
  const isMoved = "table" in fields;
  // One that was written by hand, on a table that no stream may have, can still be paused and renamed.
  const { productDataset, ...others } = ports;
  const stream = readable(id, document, isMoved ? { ...others, productDataset } : others);
  // Times that name no zone are of the stream's.
  const isOrderedAnew = (["key", "updated", "items", "sender", "offset"] as const).some(
    (field) => JSON.stringify(before.document[field]) !== JSON.stringify(document[field]),
  );
  const warehouse = lookedAtOnce(ports.warehouse);
  // Two streams that differ already may still be renamed or paused.
  if (isMoved || ["key", "updated", "items", "sender"].some((field) => field in fields))
    refuseShared(stream, all);
  if (isMoved) {
    refuseViewNames(stream, all);
    await refuseUnusable(warehouse, stream);
  }
  const told = {
    what: "stream_changed",
    about: aboutStream(id),
    ...difference(before.document, document),
  } as const;
  await recording(ports, who, told, () => registry.write(id, document, before.version));
  const warnings = [
    ...("backend_events" in fields ? await importWarnings(ports, stream) : []),
    ...(["sender", "auth", "handshake"].some((field) => field in fields)
      ? await senderWarnings(ports, stream)
      : []),
    ...(isMoved ? await makeDataset(ports, stream) : []),
    ...(isOrderedAnew
      ? await renewViews({ ...ports, warehouse }, stream, afterwards(ports, all, { id, document }).all)
      : []),
  ];
  // A new name or a pause says nothing new of the table: nobody looks at it.
  const look = isMoved || isOrderedAnew ? warehouse : undefined;
  return answer(ports, all, { id, document }, { warnings, look });
}

/** Most often a typing error; where it is meant, its events are linked once the import is there. */
async function importWarnings({ documents }: ChangePorts, { backend_events }: Stream): Promise<string[]> {
  const name = backend_events?.import;
  if (name === undefined || (await documents.read("imports", name)) !== undefined) return [];
  return [`There is no import ${name}: backend events are kept, and linked once it is added.`];
}

/** Without its secrets no proof can be checked; what seals the proofs meanwhile is made now. */
async function senderWarnings({ secrets }: ChangePorts, { id, sender }: Stream): Promise<string[]> {
  if (sender === undefined || slotsOf(sender).length === 0) return [];
  if (secrets === undefined)
    return ["There is no store of secrets here: all hits are kept apart as dead letters, unproved."];
  try {
    await ensureSealKey(secrets);
    const { missing } = await secretsOfStream(secrets, id, sender);
    return missing.map(
      (slot) =>
        `The secret (${slot}) of its sender is not put yet, and hits are kept apart until it is: afterclick senders secret put ${id}${slot === mainSlot ? "" : ` --slot ${slot}`}`,
    );
  } catch (error) {
    return [`The secrets of its sender could not be looked at: ${asProblem(error).message}`];
  }
}

/** Closes a stream for ever and hides it from lists. Asked twice, it is removed already.
 *  @throws stream_unknown, stream_read_only, registry_down, registry_conflict, documents_down */
export async function removeStream(ports: ChangePorts, who: Who, named: string): Promise<StreamView> {
  const { registry, now } = ports;
  const all = readAll(await registry.list(), ports);
  const before = findReading(all, named);
  const { id } = before;
  if (before.removed) return viewOf(ports, before, all, new Map());
  refuseReadOnly(before);
  const at = new Date(now()).toISOString();
  const document = { ...before.document, state: "closed", updated_at: at, removed_at: at };
  const told = {
    what: "stream_removed",
    about: aboutStream(id),
    ...difference(before.document, document),
  } as const;
  await recording(ports, who, told, () => registry.write(id, document, before.version));
  return answer(ports, all, { id, document }, { warnings: [], look: undefined });
}

function difference(before: object, after: object): { before: object; after: object } {
  const differs = differing(before, after);
  return { before: withoutSecrets(differs.before), after: withoutSecrets(differs.after) };
}

/** Not by its id, which is the key to write. */
export function aboutStream(id: string): string {
  return `stream ${streamRef(id)}`;
}

/** @throws stream_unknown */
export function findReading(readings: readonly Reading[], id: string): Reading {
  // A UUID as it is written, also where a document has it in capitals; else as it must be.
  const found =
    readings.find((reading) => reading.id === id) ??
    readings.find((reading) => reading.id === id.toLowerCase() && isUuid(reading.id));
  if (found === undefined) throw streamUnknown();
  return found;
}

/** The stream as the registry has it now.
 *  @param before every stream as it was
 *  @param look how its table is looked at; undefined where nobody needs to */
async function answer(
  ports: ChangePorts,
  before: readonly Reading[],
  written: { id: string; document: Fields },
  { warnings, look }: { warnings: readonly string[]; look: Pick<Warehouse, "describe"> | undefined },
): Promise<StreamView> {
  const { reading, all } = afterwards(ports, before, written);
  const looked = look === undefined ? new Map<string, string[]>() : await lookAtTables(look, [reading]);
  const view = viewOf(ports, reading, all, looked);
  return { ...view, warnings: [...warnings, ...view.warnings] };
}

function afterwards(
  ports: ChangePorts,
  before: readonly Reading[],
  written: { id: string; document: Fields },
): { reading: Reading; all: Reading[] } {
  const [reading] = readAll([{ ...written, version: "" }], ports) as [Reading];
  return { reading, all: [...before.filter(({ id }) => id !== written.id), reading] };
}

/** A warehouse that is asked once about each table, however many rules want to know; a
 *  failure is not remembered. */
function lookedAtOnce(warehouse: Warehouse): Pick<Warehouse, "describe" | "putView"> {
  const looks = new Map<string, Promise<TableDescription | undefined>>();
  return {
    describe(table: TableRef) {
      const name = tableName(table);
      const known = looks.get(name);
      if (known !== undefined) return known;
      const look = warehouse.describe(table);
      looks.set(name, look);
      look.catch(() => looks.delete(name));
      return look;
    },
    putView: (view, definition) => warehouse.putView(view, definition),
  };
}

function merge(before: Fields, changes: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries({ ...before, ...changes }).filter(([, value]) => value !== null));
}

function readable(id: string, document: Fields, datasets: Datasets): Stream {
  const [{ lookup }] = readAll([{ id, document, version: "" }], datasets) as [Reading];
  if (lookup.kind === "invalid") throw streamRefused({ problems: lookup.problems });
  return lookup.stream;
}

function refuseTaken(id: string, readings: readonly Reading[]): void {
  const why =
    id === exampleStreamId
      ? "everybody knows this one, from the README"
      : readings.some((reading) => reading.id === id)
        ? "a stream has it, or had it before it was removed"
        : undefined;
  if (why !== undefined)
    throw streamRefused({ problems: [`id is ${id}, and ${why}; allowed is a UUID that no stream ever had`] });
}

function refuseShared(stream: Stream, readings: readonly Reading[]): void {
  const [first] = differentUsers(stream, readings);
  if (first !== undefined) throw tableShared({ table: tableName(stream.table), ...first });
}

function refuseReadOnly({ document }: Reading): void {
  const manager = document["managed_by"];
  if (manager === undefined || manager === null || manager === "api") return;
  throw streamReadOnly({
    manager: typeof manager === "string" ? manager.slice(0, 80) : "something else",
  });
}
