import { elapsedMs, type Elapsed } from "../elapsed.ts";
import type { Registry } from "../registry.ts";
import { tableName, type TableRef } from "../table.ts";
import { readStream, type Datasets, type Stream } from "./stream.ts";

/** The streams of a table as the registry lists them: an instance sees hits of some of them, and a table's
 *  views are about the rows of all. */
export interface Writers {
  /** Those that write to the table, and those that did before they were closed: their rows are there.
   *  @param youngerThanMs a list that is older is read again
   *  @throws registry_down */
  of(table: TableRef, youngerThanMs: number): Promise<readonly Stream[]>;
}

interface Options extends Datasets {
  /** The process's own where left out. */
  elapsed?: Elapsed;
}

export function createWriters(
  registry: Pick<Registry, "list">,
  { elapsed = elapsedMs, ...datasets }: Options,
): Writers {
  let listed: { at: number; byTable: ReadonlyMap<string, readonly Stream[]> } | undefined;
  /** Many tables ask at once after a start. */
  let listing: Promise<typeof listed> | undefined;

  async function list(): Promise<typeof listed> {
    const at = elapsed();
    const byTable = new Map<string, Stream[]>();
    for (const { id, document } of await registry.list()) {
      const lookup = readStream(id, document, datasets);
      if (lookup.kind !== "valid") continue;
      const name = tableName(lookup.stream.table);
      byTable.set(name, [...(byTable.get(name) ?? []), lookup.stream]);
    }
    return (listed = { at, byTable });
  }

  return {
    async of(table, youngerThanMs) {
      const isYoung = listed !== undefined && elapsed() - listed.at < youngerThanMs;
      if (!isYoung) await (listing ??= list().finally(() => (listing = undefined)));
      return listed?.byTable.get(tableName(table)) ?? [];
    },
  };
}
