import { counted } from "../../counted.ts";
import type { DayPorts } from "../days/days.ts";
import { lateDaysOf, type LateDay } from "../days/late.ts";
import { findImport } from "../registered/imports.ts";
import { findFile, listArrivals, mayBeTaken, waitingArrival } from "./arrivals.ts";
import { ifThere, selectTold, type FilePorts, type FileState, type ToldFile } from "./files.ts";
import type { Arrival } from "./row.ts";

/** Files as people see them: those that wait for their turn, and those that were read. */

export interface FileView
  extends
    Pick<ToldFile, "file_id" | "name" | "bytes" | "sha256" | "arrived_at">,
    Partial<Pick<ToldFile, (typeof shown)[number]>> {
  readonly state: FileState | "checking";
  readonly may_be_imported_anyway: boolean;
  /** Days whose data came by it, and too late; only where one file is asked for. */
  readonly late_days?: readonly LateDay[];
}

const shown = [
  "source",
  "version",
  "finished_at",
  "kind",
  "container",
  "encoding",
  "delimiter",
  "number_format",
  "code",
  "reason",
  "line",
  "rows",
  "imported",
  "rejected",
  "new_events",
  "removed_events",
  "codes",
  "first_day",
  "last_day",
  "dates",
  "hints",
  "superseded_by",
  "removed_by",
  "removed_at",
] as const;

/** As it waits for its turn. */
export function arrivedView({ file_id, name, source, bytes, sha256, arrived_at }: Arrival): FileView {
  const state = "checking";
  return { file_id, name, source, state, bytes, sha256, arrived_at, may_be_imported_anyway: false };
}

export function toldView(told: ToldFile): FileView {
  const { file_id, name, state, bytes, sha256, arrived_at } = told;
  const known = Object.fromEntries(
    shown.flatMap((field) => (told[field] === undefined ? [] : [[field, told[field]]])),
  );
  return {
    file_id,
    name,
    state,
    bytes,
    sha256,
    arrived_at,
    may_be_imported_anyway: mayBeTaken(told),
    ...known,
    ...(emptied(told) && told.state !== "removed" && { hints: [...(told.hints ?? []), takesBack(told)] }),
  };
}

const emptied = ({ rows, removed_events }: ToldFile) => rows === 0 && removed_events > 0;
const takesBack = ({ removed_events }: ToldFile) =>
  `It replaces ${counted(removed_events, "row")} by none: the file is a header alone. If that was not meant, remove it, and they come back.`;

/** What stands in a file may be personal. */
export function withoutContent({ reason: _reason, hints: _hints, ...file }: FileView): FileView {
  return file;
}

/** The newest first. Before the first file was read there is no table.
 *  @param options.after the id of the last file of the page before
 *  @returns `next`: what to go on after, where there may be more
 *  @throws import_unknown, warehouse_down, documents_down */
export async function listFiles(
  ports: FilePorts & Pick<DayPorts, "documents">,
  importName: string,
  { limit, after }: { limit: number; after?: string },
): Promise<{ files: FileView[]; next?: string }> {
  await findImport(ports, importName);
  const arrivals = await listArrivals(ports, { limit: waitingMax });
  const waiting = arrivals.map(({ arrival }) => arrival).filter(({ import_id }) => import_id === importName);
  const told = await ifThere(
    selectTold(ports, {
      where: [
        { column: "import_id", is: "=", value: importName },
        ...(after === undefined ? [] : [{ column: "file_id", is: "<=" as const, value: after }]),
      ],
      // The last one of the page before, and one more than is shown.
      limit: limit + 2,
    }),
  );
  const again = new Set(waiting.map(({ file_id }) => file_id));
  const files = [
    ...waiting.map(arrivedView),
    ...(told ?? []).filter(({ file_id }) => !again.has(file_id)).map(toldView),
  ]
    .filter(({ file_id }) => after === undefined || file_id < after)
    .sort((one, other) => (one.file_id < other.file_id ? 1 : -1));
  const page = files.slice(0, limit);
  return { files: page, ...(files.length > limit && { next: page.at(-1)!.file_id }) };
}

/** So many files that wait for their turn are shown. */
export const waitingMax = 1_000;

/** @throws import_file_unknown, warehouse_down, documents_down */
export async function lookAtFile(ports: DayPorts, importName: string, fileId: string): Promise<FileView> {
  const arrival = await waitingArrival(ports, fileId);
  if (arrival?.import_id === importName) return arrivedView(arrival);
  const told = await findFile(ports, importName, fileId);
  const late_days = await lateDaysOf(ports, await findImport(ports, importName), told);
  return { ...toldView(told), ...(late_days.length > 0 && { late_days }) };
}
