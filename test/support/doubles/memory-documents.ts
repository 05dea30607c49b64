import { demandIds, type Documents, type Kept } from "../../../functions/documents.ts";
import { documentsConflict, documentsDown } from "../../../functions/problems.ts";

/** Documents for tests of what stands on them; held to the same promises as the real ones. */
export interface MemoryDocuments extends Documents {
  /** How many commits there were. */
  readonly commits: number;
}

export function memoryDocuments(): MemoryDocuments {
  const kinds = new Map<string, Map<string, Kept>>();
  let versions = 0;
  let commits = 0;
  let closed = false;
  const kept = (kind: string) => {
    if (closed) throw documentsDown({ why: "it is closed" });
    if (!kinds.has(kind)) kinds.set(kind, new Map());
    return kinds.get(kind)!;
  };
  return {
    get commits() {
      return commits;
    },
    async read(kind, id) {
      return structuredClone(kept(kind).get(id));
    },
    async list(kind, { after = "", limit }) {
      return [...kept(kind).values()]
        .sort((a, b) => Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)))
        .filter(({ id }) => Buffer.compare(Buffer.from(id), Buffer.from(after)) > 0)
        .slice(0, limit)
        .map((one) => structuredClone(one));
    },
    async commit(writes) {
      demandIds(writes);
      for (const { kind, id, ifVersion } of writes) {
        const version = kept(kind).get(id)?.version ?? null;
        if (ifVersion !== undefined && ifVersion !== version) throw documentsConflict();
      }
      commits++;
      for (const { kind, id, document } of writes) {
        if (document === null) kept(kind).delete(id);
        else kept(kind).set(id, { id, document: structuredClone(document), version: String(++versions) });
      }
    },
    async close() {
      closed = true;
    },
  };
}
