import { openWorker } from "./worker.ts";

/** The call of snapshot.worker.ts. */
export interface SnapshotApi {
  copy(ask: { source: string; target: string }): undefined;
}

/** A consistent, compact copy of an SQLite file that is in use, made in a thread of its own. A second
 *  connection reads one state of the file while the first goes on writing.
 *  @throws Error where `target` exists or cannot be written; a half-made one is removed */
export async function snapshotFile(source: string, target: string): Promise<void> {
  const caller = openWorker<SnapshotApi>(new URL("./snapshot.worker.ts", import.meta.url), {
    name: "snapshot",
  });
  try {
    await caller.call("copy", { source, target });
  } finally {
    await caller.close();
  }
}
