import { canBeId } from "../../../functions/documents.ts";
import { registryConflict, registryDown } from "../../../functions/problems.ts";
import type { Registered, Registry } from "../../../functions/registry.ts";
import { collected, unary } from "../channel.ts";
import {
  deadlineMsMax,
  openCalls,
  precondition,
  toVersion,
  type FoundDocument,
  type RegistryConfig,
} from "./calls.ts";
import { fromFields, toFields } from "./document.ts";

const pageSize = 300;

/** The registry in Firestore, one document a stream. A read is one document read,
 *  also of what does not exist.
 *
 *  Needs `roles/datastore.viewer`; `roles/datastore.user` where streams are written. */
export function openRegistry(config: RegistryConfig): Registry {
  const { database, parent, routed, insistently, commit, close } = openCalls(config, {
    down: registryDown,
    conflict: registryConflict,
  });
  const collectionId = config.collection ?? "streams";
  const prefix = `${parent}/${collectionId}/`;

  async function read(id: string, { deadlineMs }: { deadlineMs: number }): Promise<Registered | undefined> {
    if (!canBeId(id)) return undefined;
    // Not GetDocument: it answers NOT_FOUND for a missing database as well, and no
    // stream would seem to exist.
    const request = { database, documents: [prefix + id] };
    const [answer] = await insistently(deadlineMs, (client, callMs) =>
      collected<{ found?: FoundDocument | null }>(client, "batchGetDocuments", request, {
        metadata: routed({ database }),
        deadlineMs: callMs,
      }),
    );
    if (answer === undefined) throw registryDown({ why: "Firestore answered without a document" });
    return answer.found ? registered(answer.found) : undefined;
  }

  async function list(): Promise<Registered[]> {
    const found: Registered[] = [];
    let pageToken = "";
    do {
      const request = { parent, collectionId, pageSize, pageToken };
      const metadata = routed({ parent, collection_id: collectionId });
      const page = await insistently(deadlineMsMax, (client, callMs) =>
        unary<{ documents?: FoundDocument[]; nextPageToken?: string }>(client, "listDocuments", request, {
          metadata,
          deadlineMs: callMs,
        }),
      );
      for (const document of page.documents ?? []) found.push(registered(document));
      pageToken = page.nextPageToken ?? "";
    } while (pageToken !== "");
    return found.sort((a, b) => Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)));
  }

  async function write(
    id: string,
    document: Record<string, unknown>,
    ifVersion: string | null,
  ): Promise<void> {
    if (!canBeId(id)) throw new Error("Firestore takes no document of this id.");
    const update = { name: prefix + id, fields: toFields(document) };
    await commit([{ update, currentDocument: precondition(ifVersion, registryConflict) }]);
  }

  return { read, list, write, close: async () => close() };

  function registered({ name, fields, updateTime }: FoundDocument): Registered {
    return {
      id: name.slice(prefix.length),
      document: fromFields(fields),
      version: toVersion(updateTime),
    };
  }
}
