import { demandIds, type Documents, type Stored } from "../../../functions/documents.ts";
import { documentsConflict, documentsDown } from "../../../functions/problems.ts";

/** Documents for tests of what stands on them; held to the same promises as the real ones. */
export interface MemoryDocuments extends Documents {
  /** How many commits there were. */
  readonly commits: number;
}

export function memoryDocuments(): MemoryDocuments {
  const kinds = new Map<string, Map<string, Stored>>();
  let versions = 0;
  let commits = 0;
  let closed = false;
  const stored = (kind: string) => {
    if (closed) throw documentsDown({ why: "it is closed" });
    if (!kinds.has(kind)) kinds.set(kind, new Map());
    return kinds.get(kind)!;
  };
  return {
    get commits() {
      return commits;
    },
    async read(kind, id) {
      return structuredClone(stored(kind).get(id));
    },
    async list(kind, { after = "", limit }) {
      return [...stored(kind).values()]
        .sort((a, b) => Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)))
        .filter(({ id }) => Buffer.compare(Buffer.from(id), Buffer.from(after)) > 0)
        .slice(0, limit)
        .map((one) => structuredClone(one));
    },
    async commit(writes) {
      demandIds(writes);
      for (const { kind, id, ifVersion } of writes) {
        const version = stored(kind).get(id)?.version ?? null;
        if (ifVersion !== undefined && ifVersion !== version) throw documentsConflict();
      }
      commits++;
      for (const { kind, id, document } of writes) {
        if (document === null) stored(kind).delete(id);
        else stored(kind).set(id, { id, document: structuredClone(document), version: String(++versions) });
      }
    },
    async close() {
      closed = true;
    },
  };
}
