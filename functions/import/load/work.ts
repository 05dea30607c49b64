import type { KeptFiles } from "../../files.ts";
import type { Log } from "../../log.ts";
import { asProblem, isProblem, internal } from "../../problem.ts";
import { importUnknown, rowsRefused, statementRefused } from "../../problems.ts";
import type { AuditPorts } from "../../people/audit.ts";
import { writeDaysOf } from "../days/write.ts";
import { bytesMissing, type FileFault, notTaken, unpackedTooLarge, unreadable } from "../faults.ts";
import { askOf } from "../links/automatic/runs.ts";
import { findImport, type ImportView } from "../registered/imports.ts";
import { keptId, listArrivals, uploadBytesMax, type Waiting } from "./arrivals.ts";
import { findTold, type ToldFile } from "./files.ts";
import { loadFile, removeRows, tellUnread, type KeptReading, type LoadPorts, type Reading } from "./load.ts";
import type { Arrival } from "./row.ts";
import { beginTurn, type Turn } from "./turn.ts";

/** Works on what arrived, the oldest file first, one at a time: a correction must not overtake what it
 *  corrects. Whatever is killed meanwhile, the file stays the oldest. */

export type WorkPorts = AuditPorts &
  LoadPorts & {
    readonly keptFiles: KeptFiles;
    readonly log: Log;
    /** Where more than one process may work: a file is one's own for so long, longer than any works on it. */
    readonly heldMs?: number;
    /** Lets the sender see what became of the file; it does not throw. */
    readonly tellSender?: (told: ToldFile) => Promise<void>;
  };

/** `held`: somebody else works on it. */
export type Worked = "one" | "none" | "held";

/** A file on which the work ended so often with the process, or with a fault of ours, is told as unread:
 *  it would hold up all others. */
const begunMax = 5;
/** A document holds 1 MiB, and a character of it has up to three bytes. */
const readingCharactersMax = 300_000;
/** So long the bytes are kept of files that somebody may have imported anyway. */
const keptMs = 7 * 86_400_000;

/** Of files by which events came or went: links are made anew. */
const changing: ReadonlySet<string> = new Set(["imported", "imported_with_rejects", "removed"]);

/** @returns `one` where there may be more
 *  @throws warehouse_down, documents_down, …: then the same file comes again */
export async function workOnOldest(ports: WorkPorts): Promise<Worked> {
  const [oldest] = await listArrivals(ports, { limit: 1 });
  if (oldest === undefined) {
    await ports.keptFiles.removeOld(ports.now() - keptMs);
    return "none";
  }
  const turn = await beginTurn(ports, oldest);
  if (turn === undefined) return "held";
  let told: ToldFile | undefined;
  try {
    told = oldest.begun >= begunMax ? await giveUp(ports, oldest.arrival) : await become(ports, oldest, turn);
  } catch (error) {
    await turn.giveBack(isOurs(error));
    throw error;
  }
  await finish(ports, oldest, told);
  return "one";
}

/** What is not there now, such as the warehouse, is no fault of the file; a row that is refused stays so. */
function isOurs(error: unknown): boolean {
  return isProblem(asProblem(error), internal, rowsRefused, statementRefused);
}

async function finish(
  { documents, keptFiles, tellSender, log, now }: WorkPorts,
  { id, arrival }: Waiting,
  told: ToldFile | undefined,
): Promise<void> {
  // Before the file is done with: who is killed here comes again.
  if (told !== undefined) await tellSender?.(told);
  await documents.commit([
    { kind: "arrivals", id, document: null },
    ...(told !== undefined && changing.has(told.state) ? [askOf(arrival.import_id, now())] : []),
  ]);
  // Other settings may make something of it, or a person.
  if (told === undefined || !(told.state === "failed" || told.state === "waiting"))
    await keptFiles.remove(keptId(id));
  if (told === undefined) return;
  log("INFO", "It is known what became of a file of backend events.", {
    event: told.state === "removed" ? "file_removed" : "file_read",
    import: arrival.import_id,
    file_id: id,
    state: told.state,
    ...(told.code !== undefined && { code: told.code }),
  });
}

/** A file whose rows cannot be taken away keeps them: what it says is still so. */
async function giveUp(
  ports: WorkPorts,
  arrival: Arrival,
  fault: FileFault = unreadable(),
): Promise<ToldFile | undefined> {
  if (arrival.removed_by === undefined) return tellUnread(ports, arrival, fault);
  ports.log("ERROR", "The rows of a file of backend events could not be taken away; they are still there.", {
    event: "file_not_removed",
    import: arrival.import_id,
    file_id: arrival.file_id,
  });
  return findTold(ports, arrival.file_id);
}

/** @returns undefined where somebody removed the import by hand: nobody will ask for the file */
async function become(ports: WorkPorts, oldest: Waiting, turn: Turn): Promise<ToldFile | undefined> {
  const { arrival, begun } = oldest;
  try {
    const one = await findImport(ports, arrival.import_id);
    const told = await toldOf(ports, one, arrival, keptReading(oldest, turn));
    if (told !== undefined) await writeDaysOf(ports, one, told);
    return told;
  } catch (error) {
    if (isProblem(error, importUnknown)) return undefined;
    if (!isProblem(error, statementRefused)) throw error;
    const { why, mayPass = false } = error.facts;
    if (mayPass && begun + 1 < begunMax) throw error;
    // The reason stands in the file's row alone: it may quote a row, and the log is read by others.
    ports.log("ERROR", "The warehouse refuses a statement of ours; the file goes no further.", {
      event: "file_refused_by_warehouse",
      import: arrival.import_id,
      file_id: arrival.file_id,
    });
    return giveUp(ports, arrival, notTaken({ why: why ?? "it does not say why" }));
  }
}

function keptReading({ reading }: Waiting, turn: Turn): KeptReading {
  return {
    ...(reading !== undefined && { before: JSON.parse(reading) as Reading }),
    async keep(found) {
      const text = JSON.stringify(found);
      // One that tells of very many days is read again instead.
      if (text.length <= readingCharactersMax) await turn.keep(text);
    },
  };
}

async function toldOf(
  ports: WorkPorts,
  one: ImportView,
  arrival: Arrival,
  kept: KeptReading,
): Promise<ToldFile | undefined> {
  const { removed_by, file_id } = arrival;
  if (removed_by !== undefined) return removeRows(ports, { ...arrival, removed_by });
  // It was not kept: whoever puts files into a bucket is stopped by nobody.
  if (arrival.bytes > uploadBytesMax) return tellUnread(ports, arrival, tooLarge(arrival));
  const bytes = await ports.keptFiles.open(keptId(file_id));
  if (bytes === undefined) return tellUnread(ports, arrival, bytesMissing());
  return loadFile({ ...ports, kept }, one, arrival, bytes);
}

function tooLarge({ bytes }: Arrival) {
  return unpackedTooLarge({ what: `The file has ${bytes} bytes; at most ${uploadBytesMax} are taken.` });
}
