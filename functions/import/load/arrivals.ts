import { randomBytes } from "node:crypto";
import type { Documents, Stored, Write } from "../../documents.ts";
import type { KeptFiles } from "../../files.ts";
import { isProblem } from "../../problem.ts";
import {
  documentsConflict,
  fileNotFailed,
  fileNotImported,
  fileNotWaiting,
  importFileUnknown,
} from "../../problems.ts";
import { entryOf, type AuditPorts } from "../../people/audit.ts";
import type { Who } from "../../people/who.ts";
import { storable } from "../fields/text.ts";
import { findImport } from "../registered/imports.ts";
import type { NumberFormat } from "../settings.ts";
import { findTold, ifThere, type FilePorts, type ToldFile } from "./files.ts";
import type { Arrival, Source } from "./row.ts";

/** Files that arrived, each a document until its row says what became of it: the oldest comes first. */

export interface ArrivalPorts extends AuditPorts {
  readonly keptFiles: KeptFiles;
  /** Has the next one worked on, soon. Awaited, for a ground that sleeps between requests. */
  readonly arrived: () => unknown;
}

/** Larger ones are refused before all of them is here. */
export const uploadBytesMax = 512 * 1024 * 1024;

export interface ArrivalDocument extends Omit<Arrival, "file_id"> {
  /** How often the work on it began and did not end. */
  readonly begun: number;
  /** Unix ms until which somebody works on it, where more than one process may. */
  readonly held_until?: number;
  /** What was found in it, as JSON, once it was read: the work goes on from there. */
  readonly reading?: string;
}

/** A file is here once its bytes and its document are durable.
 *  @param file.writes are done together with it
 *  @throws import_unknown, documents_down; what reading the bytes throws */
export async function receiveFile(
  ports: ArrivalPorts,
  who: Pick<Who, "id" | "how">,
  file: {
    importName: string;
    name: string;
    bytes: AsyncIterable<Uint8Array>;
    source?: Source;
    /** Unix ms: since when it is whole, which deadlines go by; now where left out. */
    arrivedAt?: number;
    /** Where its values were numbers before they were text. */
    numberFormat?: NumberFormat;
    writes?: readonly Write[];
  },
): Promise<Arrival> {
  const { importName, name, bytes, source = "upload", numberFormat, writes = [] } = file;
  await findImport(ports, importName);
  const { documents, keptFiles, now } = ports;
  const kept = randomBytes(8).toString("hex");
  const found = await keptFiles.keep(kept, bytes);
  const at = now();
  const said: Omit<Arrival, "file_id"> = {
    import_id: importName,
    name: storable(name),
    source,
    ...found,
    arrived_at: file.arrivedAt ?? at,
    attempt: 1,
    ...(numberFormat !== undefined && { number_format: numberFormat }),
  };
  // Where it fails, bytes without a document are left, which are removed with the old ones.
  const file_id = await inTurn(documents, { importName, at }, async (place, taken) => {
    const id = `${String(place).padStart(14, "0")}-${kept}`;
    await documents.commit([
      { kind: "arrivals", id, document: { ...said, begun: 0 } satisfies ArrivalDocument, ifVersion: null },
      entryOf(ports, who, {
        what: "file_uploaded",
        about: importName,
        after: { file_id: id, name: said.name, bytes: found.bytes },
      }),
      taken,
      ...writes,
    ]);
    return id;
  });
  const arrival: Arrival = { ...said, file_id };
  await ports.arrived();
  return arrival;
}

/** So many files of one import may arrive at the same instant. */
const turnsMax = 50;

/** Files have their order by the beginning of their ids: the time, and behind the file before it where that
 *  is no later, since clocks are set back. A correction never comes before what it corrects.
 *  @param take is told its place, and writes that it is taken together with what is there
 *  @throws what `take` throws */
export async function inTurn<Taken>(
  documents: Documents,
  { importName, at }: { importName: string; at: number },
  take: (place: number, taken: Write) => Promise<Taken>,
): Promise<Taken> {
  const kept = { kind: "settings", id: `last-file-${importName}` } as const;
  for (let turns = 1; ; turns += 1) {
    const stored = await documents.read(kept.kind, kept.id);
    const { place: last } = Object(stored?.document) as { place?: unknown };
    const place = typeof last === "number" ? Math.max(at, last + 1) : at;
    try {
      return await take(place, { ...kept, document: { place }, ifVersion: stored?.version ?? null });
    } catch (error) {
      // Another file took the place.
      if (!isProblem(error, documentsConflict) || turns >= turnsMax) throw error;
    }
  }
}

/** Has a file imported that failed for its bad rows, without them, or one that waits.
 *  @throws import_file_unknown, file_not_waiting, warehouse_down, documents_down, documents_conflict */
export async function importAnyway(
  ports: ArrivalPorts & FilePorts,
  who: Who,
  { importName, fileId }: { importName: string; fileId: string },
): Promise<Arrival> {
  const told = await findFile(ports, importName, fileId);
  if (!mayBeTaken(told)) throw fileNotWaiting({ state: told.state, isGone: false });
  return arriveAgain(ports, who, told, { anyway_by: who.id });
}

/** Has a file that failed read again, under what is set on the import now.
 *  @throws import_file_unknown, file_not_failed, file_not_waiting, warehouse_down, documents_down,
 *  documents_conflict */
export async function readAgain(
  ports: ArrivalPorts & FilePorts,
  who: Who,
  { importName, fileId }: { importName: string; fileId: string },
): Promise<Arrival> {
  const told = await findFile(ports, importName, fileId);
  if (told.state !== "failed") throw fileNotFailed({ state: told.state });
  return arriveAgain(ports, who, told, {});
}

async function arriveAgain(
  ports: ArrivalPorts,
  who: Who,
  told: ToldFile,
  more: Pick<Arrival, "anyway_by">,
): Promise<Arrival> {
  const { file_id, import_id, name, source, sha256, bytes, arrived_at, attempt, state } = told;
  if ((await ports.keptFiles.open(keptId(file_id))) === undefined)
    throw fileNotWaiting({ state, isGone: true });
  const arrival: Arrival = {
    file_id,
    import_id,
    name,
    source,
    sha256,
    bytes,
    arrived_at,
    attempt: attempt + 1,
    ...(source === "table" && told.number_format === "dot" && { number_format: "dot" as const }),
    ...more,
  };
  await ports.documents.commit([
    { kind: "arrivals", id: file_id, document: documentOf(arrival), ifVersion: null },
    entryOf(ports, who, {
      what: more.anyway_by === undefined ? "file_read_again" : "file_imported_anyway",
      about: import_id,
      after: { file_id, name },
    }),
  ]);
  await ports.arrived();
  return arrival;
}

/** Has the rows of a file taken away, and what it took the place of put back.
 *  @throws import_file_unknown, file_not_imported, warehouse_down, documents_down, documents_conflict */
export async function removeFile(
  ports: ArrivalPorts & FilePorts,
  who: Who,
  { importName, fileId }: { importName: string; fileId: string },
): Promise<Arrival> {
  if ((await waitingArrival(ports, fileId))?.import_id === importName)
    throw fileNotImported({ state: "checking" });
  const told = await findFile(ports, importName, fileId);
  if (!removable.includes(told.state)) throw fileNotImported({ state: told.state });
  const { name, source, sha256, bytes, arrived_at, attempt, state } = told;
  const arrival: Arrival = {
    file_id: fileId,
    import_id: importName,
    name,
    source,
    sha256,
    bytes,
    arrived_at,
    attempt: attempt + 1,
    removed_by: who.id,
  };
  await ports.documents.commit([
    { kind: "arrivals", id: fileId, document: documentOf(arrival), ifVersion: null },
    entryOf(ports, who, {
      what: "file_removed",
      about: importName,
      before: { file_id: fileId, name, state },
    }),
  ]);
  await ports.arrived();
  return arrival;
}

/** One that waits for a person has no rows: removed, it waits no more. */
export const removable: readonly ToldFile["state"][] = [
  "imported",
  "imported_with_rejects",
  "superseded",
  "waiting",
];

/** Whether a person may have it imported although it was not. */
export function mayBeTaken({ state, code }: Pick<ToldFile, "state" | "code">): boolean {
  return state === "waiting" || (state === "failed" && code === "too_many_rejects");
}

/** @throws import_file_unknown, warehouse_down */
export async function findFile(ports: FilePorts, importName: string, fileId: string): Promise<ToldFile> {
  const told = await ifThere(findTold(ports, fileId));
  if (told?.import_id !== importName) throw importFileUnknown();
  return told;
}

/** What its bytes are kept under. */
export function keptId(fileId: string): string {
  return fileId.slice(fileId.indexOf("-") + 1);
}

function documentOf({ file_id: _id, ...arrival }: Arrival): Record<string, unknown> {
  return { ...arrival, begun: 0 } satisfies ArrivalDocument;
}

/** Those that nothing is told of yet, in the order of their arrival. */
export async function listArrivals(
  { documents }: { documents: Documents },
  { limit, after }: { limit: number; after?: string },
): Promise<Waiting[]> {
  const stored = await documents.list("arrivals", { limit, ...(after !== undefined && { after }) });
  return stored.map((one) => {
    const { arrival, ...known } = split(one.id, one.document);
    return { ...one, arrival, ...known };
  });
}

/** Undefined where it does not wait for its turn. */
export async function waitingArrival(
  { documents }: { documents: Documents },
  fileId: string,
): Promise<Arrival | undefined> {
  const stored = await documents.read("arrivals", fileId);
  if (stored === undefined) return undefined;
  return split(fileId, stored.document).arrival;
}

/** A file that waits for its turn, with its document. */
export type Waiting = Stored & Known & { readonly arrival: Arrival };

/** What is known of the work on it. */
type Known = Pick<ArrivalDocument, "begun" | "reading" | "held_until">;

function split(file_id: string, document: unknown): Known & { arrival: Arrival } {
  const { begun, reading, held_until, ...arrival } = document as ArrivalDocument;
  return {
    begun,
    ...(reading !== undefined && { reading }),
    ...(held_until !== undefined && { held_until }),
    arrival: { ...arrival, file_id },
  };
}
