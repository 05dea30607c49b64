import { canBeId, demandIds, type Documents, type Stored, type Write } from "../../../functions/documents.ts";
import { documentsConflict, documentsDown } from "../../../functions/problems.ts";
import { collected } from "../channel.ts";
import {
  deadlineMsMax,
  openCalls,
  precondition,
  toVersion,
  type FoundDocument,
  type RegistryConfig,
} from "./calls.ts";
import { fromFields, toFields } from "./document.ts";

/** Documents of people in Firestore, a collection a kind, beside the streams. A read is one document read, a
 *  page one for each document of it, and one where it is empty.
 *
 *  Needs `roles/datastore.user`. */
export function openDocuments(config: Omit<RegistryConfig, "collection">): Documents {
  const { database, parent, routed, insistently, commit, close } = openCalls(config, {
    down: documentsDown,
    conflict: documentsConflict,
  });
  const nameOf = (kind: string, id: string) => `${parent}/${kind}/${id}`;

  return {
    async read(kind, id) {
      if (!canBeId(id)) return undefined;
      const request = { database, documents: [nameOf(kind, id)] };
      const [answer] = await insistently(deadlineMsMax, (client, callMs) =>
        collected<{ found?: FoundDocument | null }>(client, "batchGetDocuments", request, {
          metadata: routed({ database }),
          deadlineMs: callMs,
        }),
      );
      if (answer === undefined) throw documentsDown({ why: "Firestore answered without a document" });
      return answer.found ? stored(answer.found) : undefined;
    },
    async list(kind, { after, limit }) {
      const name = { fieldPath: "__name__" };
      const structuredQuery = {
        from: [{ collectionId: kind }],
        orderBy: [{ field: name, direction: "ASCENDING" }],
        limit: { value: limit },
        ...(after !== undefined && after !== "" && { startAt: behind(kind, after) }),
      };
      const answers = await insistently(deadlineMsMax, (client, callMs) =>
        collected<{ document?: FoundDocument | null }>(
          client,
          "runQuery",
          { parent, structuredQuery },
          { metadata: routed({ parent }), deadlineMs: callMs },
        ),
      );
      return answers.flatMap(({ document }) => (document ? [stored(document)] : []));
    },
    async commit(writes) {
      demandIds(writes);
      await commit(writes.map(asked));
    },
    close: async () => close(),
  };

  /** Firestore takes no id with a `/`: behind `a/b` are those from `a0` on, since 0 comes right after it. */
  function behind(kind: string, after: string): object {
    const slash = after.indexOf("/");
    const id = slash === -1 ? after : `${after.slice(0, slash)}0`;
    return { values: [{ referenceValue: nameOf(kind, id) }], before: slash !== -1 };
  }

  function asked({ kind, id, document, ifVersion }: Write): object {
    const name = nameOf(kind, id);
    return {
      ...(document === null ? { delete: name } : { update: { name, fields: toFields(document) } }),
      ...(ifVersion !== undefined && { currentDocument: precondition(ifVersion, documentsConflict) }),
    };
  }
}

function stored({ name, fields, updateTime }: FoundDocument): Stored {
  return {
    id: name.slice(name.lastIndexOf("/") + 1),
    document: fromFields(fields),
    version: toVersion(updateTime),
  };
}
