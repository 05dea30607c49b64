import { join } from "node:path";
import { within } from "../../../functions/within.ts";
import type { Raise } from "../../../functions/problem.ts";
import { documentsDown, fileUnusable, registryConflict, registryDown } from "../../../functions/problems.ts";
import { elapsedMs } from "../../../functions/elapsed.ts";
import type { Log } from "../../../functions/log.ts";
import type { Documents } from "../../../functions/documents.ts";
import type { Registered, Registry } from "../../../functions/registry.ts";
import { fileId, type FileId } from "../thread/own-file.ts";
import type { Housed } from "../folder/page.ts";
import { snapshotFile } from "../thread/snapshot.ts";
import { callingDocuments, type DocumentsApi } from "./documents.ts";
import { openWorker, whyOf } from "../thread/worker.ts";

/** The calls of registry.worker.ts. */
export interface RegistryApi extends DocumentsApi {
  read(id: string): Row | undefined;
  list(nothing: undefined): Row[];
  /** `altered`: how many documents are not as they were written. */
  ids(nothing: undefined): { ids: string[]; altered: number };
  /** @returns whether the version was the one to replace */
  write(ask: { id: string; document: string; ifVersion: string | null }): boolean;
  /** Writes the file's page; see folder/page.ts. */
  note(page: string): undefined;
}

/** What the thread works on; `own`: which file that was when it was opened first. */
export interface RegistryFile {
  readonly file: string;
  own?: FileId | undefined;
}

/** `document` is what the column holds: text in all good cases, whatever else somebody
 *  wrote by hand otherwise. */
export interface Row {
  id: string;
  document: unknown;
  version: string;
  /** Its bytes are not those that were written. */
  isAltered: boolean;
}

/** The registry on one machine: one SQLite file, one row a stream, and one for each document of people. Rows
 *  written by hand with sqlite3 count at once. */
export interface LocalRegistry extends Registry, Housed {
  /** A consistent copy while the registry goes on. @throws Error where `file` exists or cannot be written */
  snapshot(file: string): Promise<void>;
  /** In the same file; they end with the registry. */
  readonly documents: Documents;
}

export const registryFileName = "registry.sqlite";
/** How long `list` and `write` wait. */
const deadlineMsMax = 10_000;
/** The ids in memory are as old as this at the most when one is not among them. */
const idsFreshMs = 5_000;

/** @throws file_unusable when the file cannot be opened */
export async function openRegistry(config: { directory: string; log: Log }): Promise<LocalRegistry> {
  const file = join(config.directory, registryFileName);
  const data: RegistryFile = { file };
  const caller = openWorker<RegistryApi>(new URL("./registry.worker.ts", import.meta.url), {
    name: "registry",
    data,
    onDeath(error) {
      // Before that, the start says why it fails.
      if (data.own !== undefined)
        config.log("ERROR", "The registry's thread ended; it is opened again.", { why: error.message });
    },
  });
  let ids: Set<string>;
  /** Documents that were altered on the disk. Their ids may be as well: then no id is known to be missing. */
  let altered: number;
  const held = async () => {
    const there = await caller.call("ids", undefined);
    return { ...there, ids: new Set(there.ids) };
  };
  try {
    ({ ids, altered } = await held());
    data.own = fileId(file);
    if (altered > 0)
      config.log("ERROR", "Documents of streams were altered on the disk; their hits wait as dead letters.", {
        event: "bytes_altered",
        documents: altered,
      });
  } catch (error) {
    await caller.close();
    throw fileUnusable({ file, why: whyOf(error) }, error);
  }

  let idsAt = elapsedMs();
  let looking: Promise<unknown> | undefined;
  async function lookAgain(): Promise<void> {
    const asOf = elapsedMs();
    ({ ids, altered } = await answered(idsFreshMs, held()));
    idsAt = asOf;
  }
  let changes = 0;

  return {
    async read(id, { deadlineMs }) {
      const row = await answered(deadlineMs, caller.call("read", id));
      return row && registered(row);
    },
    async list() {
      return (await answered(deadlineMsMax, caller.call("list", undefined))).map(registered);
    },
    async write(id, document, ifVersion) {
      const ask = { id, document: JSON.stringify(document), ifVersion };
      changes++;
      if (!(await answered(deadlineMsMax, caller.call("write", ask)))) throw registryConflict();
      ids.add(id);
    },
    mayHold(id) {
      if (ids.has(id) || altered > 0) return true;
      if (elapsedMs() - idsAt < idsFreshMs) return false;
      looking ??= lookAgain().finally(() => (looking = undefined));
      return looking.then(() => ids.has(id));
    },
    close: () => caller.close(),
    snapshot: (target) => snapshotFile(file, target),
    changes: () => changes,
    note: (page) => caller.call("note", page),
    documents: callingDocuments(
      (work) => answered(deadlineMsMax, work(), documentsDown),
      caller,
      () => changes++,
    ),
  };
}

function registered({ id, document, version }: Row): Registered {
  return {
    id,
    document: typeof document === "string" ? parsed(document) : document,
    version,
  };
}

/** Malformed JSON comes back as its text: the stream is then invalid, and its hits wait as dead letters. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function answered<Result>(
  deadlineMs: number,
  work: Promise<Result>,
  down: Raise<{ why: string }> = registryDown,
): Promise<Result> {
  try {
    return await within(deadlineMs, work, () => {
      throw new Error(`no answer after ${deadlineMs} ms`);
    });
  } catch (error) {
    throw down({ why: whyOf(error) }, error);
  }
}
