import { registryConflict, registryDown } from "../../../functions/problems.ts";
import type { Registered, Registry } from "../../../functions/registry.ts";

/** A registry for tests of what stands on it; held to the same promises as the real ones. */
export interface MemoryRegistry extends Registry {
  /** As a person with the store's own tools would: anything under any id, without a look at versions. */
  put(id: string, document: unknown): void;
  /** A document deleted by hand. */
  drop(id: string): void;
}

export function memoryRegistry(): MemoryRegistry {
  const documents = new Map<string, Registered>();
  let versions = 0;
  let closed = false;
  const put = (id: string, document: unknown) => {
    documents.set(id, {
      id,
      document: structuredClone(document),
      version: String(++versions),
    });
  };
  const open = () => {
    if (closed) throw registryDown({ why: "it is closed" });
  };
  return {
    put,
    drop: (id) => void documents.delete(id),
    async read(id) {
      open();
      return structuredClone(documents.get(id));
    },
    async list() {
      open();
      return [...documents.values()]
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .map((one) => structuredClone(one));
    },
    async write(id, document, ifVersion) {
      open();
      if ((documents.get(id)?.version ?? null) !== ifVersion) throw registryConflict();
      put(id, document);
    },
    async close() {
      closed = true;
    },
  };
}
