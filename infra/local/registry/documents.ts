import { canBeId, demandIds, type Documents, type Stored, type Kind } from "../../../functions/documents.ts";
import { documentsConflict } from "../../../functions/problems.ts";
import type { Caller } from "../thread/worker.ts";
import type { RegistryApi } from "./registry.ts";

/** The calls of registry.worker.ts that are about documents. */
export interface DocumentsApi {
  readDocument(ask: { kind: Kind; id: string }): DocumentRow | undefined;
  listDocuments(ask: { kind: Kind; after: string; limit: number }): DocumentRow[];
  /** @returns whether all versions were those to replace; nothing is written otherwise */
  commitDocuments(writes: readonly DocumentWrite[]): boolean;
}

/** `document` is what the column holds. */
export interface DocumentRow {
  id: string;
  document: string;
  version: string;
}

/** `document` as JSON; null: removed. */
export interface DocumentWrite {
  kind: Kind;
  id: string;
  document: string | null;
  ifVersion?: string | null;
}

/** @param answered one call, its failures in the words of documents
 *  @param changing called before each commit */
export function callingDocuments(
  answered: <Result>(work: () => Promise<Result>) => Promise<Result>,
  caller: Caller<RegistryApi>,
  changing: () => void,
): Documents {
  return {
    async read(kind, id) {
      const row = await answered(() => caller.call("readDocument", { kind, id }));
      return row && canBeId(id) ? stored(row) : undefined;
    },
    async list(kind, { after = "", limit }) {
      return (await answered(() => caller.call("listDocuments", { kind, after, limit }))).map(stored);
    },
    async commit(writes) {
      demandIds(writes);
      const asked = writes.map(({ document, ...write }) => ({
        ...write,
        document: document === null ? null : JSON.stringify(document),
      }));
      changing();
      if (!(await answered(() => caller.call("commitDocuments", asked)))) throw documentsConflict();
    },
    close: () => caller.close(),
  };
}

/** What is no JSON comes back as its text: whoever asked takes it for no document. */
function stored({ document, ...row }: DocumentRow): Stored {
  try {
    return { ...row, document: JSON.parse(document) as unknown };
  } catch {
    return { ...row, document };
  }
}
