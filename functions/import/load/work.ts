import type { KeptFiles } from "../../files.ts";
import type { Log } from "../../log.ts";
import { asProblem, isProblem, internal } from "../../problem.ts";
import { importUnknown } from "../../problems.ts";
import type { AuditPorts } from "../../people/audit.ts";
import { bytesMissing, unreadable } from "../faults.ts";
import { findImport } from "../registered/imports.ts";
import { keptId, listArrivals, mayBeTaken } from "./arrivals.ts";
import type { ToldFile } from "./files.ts";
import { loadFile, tellUnread, type LoadPorts } from "./load.ts";

/** Works on what arrived, the oldest file first, one at a time: a correction must not overtake what it
 *  corrects. Whatever is killed meanwhile, the file stays the oldest. */

export type WorkPorts = AuditPorts &
  LoadPorts & {
    readonly keptFiles: KeptFiles;
    readonly log: Log;
  };

/** A file on which the work ended so often with the process, or with a fault of ours, is told as unread:
 *  it would hold up all others. */
const begunMax = 5;
/** So long the bytes are kept of files that somebody may have imported anyway. */
const keptMs = 7 * 86_400_000;

/** @returns whether there may be more
 *  @throws warehouse_down, documents_down, …: then the same file comes again */
export async function workOnOldest(ports: WorkPorts): Promise<boolean> {
  const { documents, keptFiles, log, now } = ports;
  const [oldest] = await listArrivals(ports, { limit: 1 });
  if (oldest === undefined) {
    await keptFiles.removeOld(now() - keptMs);
    return false;
  }
  const { id, arrival, begun, version } = oldest;
  const put = (begins: number, ifVersion?: string) =>
    documents.commit([
      {
        kind: "arrivals",
        id,
        document: { ...(oldest.document as object), begun: begins },
        ...(ifVersion !== undefined && { ifVersion }),
      },
    ]);
  await put(begun + 1, version);
  let told: ToldFile | undefined;
  try {
    told = begun >= begunMax ? await tellUnread(ports, arrival, unreadable()) : await load(ports, oldest);
  } catch (error) {
    // What is not there now, such as the warehouse, is no fault of the file.
    if (!isProblem(asProblem(error), internal)) await put(begun);
    throw error;
  }
  await documents.commit([{ kind: "arrivals", id, document: null }]);
  if (told === undefined || !mayBeTaken(told)) await keptFiles.remove(keptId(id));
  if (told !== undefined)
    log("INFO", "A file of backend events was read.", {
      event: "file_read",
      import: arrival.import_id,
      file_id: id,
      state: told.state,
      ...(told.code !== undefined && { code: told.code }),
    });
  return true;
}

async function load(
  ports: WorkPorts,
  { id, arrival }: Awaited<ReturnType<typeof listArrivals>>[number],
): Promise<ToldFile | undefined> {
  const bytes = await ports.keptFiles.open(keptId(id));
  if (bytes === undefined) return tellUnread(ports, arrival, bytesMissing());
  try {
    return await loadFile(ports, await findImport(ports, arrival.import_id), arrival, bytes);
  } catch (error) {
    // Somebody removed the import by hand: nobody will ask for the file.
    if (isProblem(error, importUnknown)) return undefined;
    throw error;
  }
}
