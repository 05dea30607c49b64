import firestore from "@google-cloud/firestore";
import { grpc } from "google-gax";
import { registryConflict, registryDown } from "../../../functions/problems.ts";
import type { Registered, Registry } from "../../../functions/registry.ts";
import { codeOf, collected, openChannel, passes, routed, unary, whyOf } from "../channel.ts";
import { fromFields, toFields, type Fields, type Timestamp } from "./document.ts";

export interface RegistryConfig {
  readonly project: string;
  /** `(default)` where left out. */
  readonly database?: string;
  /** `streams` where left out. */
  readonly collection?: string;
  /** `host:port` of an emulator; Firestore itself where left out. */
  readonly emulator?: string;
}

/** How long `list` (each page) and `write` wait. */
const deadlineMsMax = 10_000;
const pageSize = 300;
const retryPauseMs = 30;

interface FoundDocument {
  readonly name: string;
  readonly fields?: Fields | null;
  readonly updateTime: Timestamp;
}

/** The registry in Firestore, one document a stream. A read is one document read, also of what does not exist.
 *
 *  The calls go to Firestore's own service: the client library's documents and queries retry for up to a minute, cannot be
 *  given a deadline, and go on in the background when nobody waits for them any more.
 *
 *  Needs `roles/datastore.viewer`; `roles/datastore.user` where streams are written. */
export function openRegistry(config: RegistryConfig): Registry {
  const database = `projects/${config.project}/databases/${config.database ?? "(default)"}`;
  const parent = `${database}/documents`;
  const collectionId = config.collection ?? "streams";
  const prefix = `${parent}/${collectionId}/`;
  const channel = openChannel((options) => new firestore.v1.FirestoreClient(options), config.emulator);
  const headers: Record<string, string> = {
    "google-cloud-resource-prefix": database,
  };
  // The emulator's word for a caller whom no security rule binds, as service accounts are in the cloud.
  if (config.emulator !== undefined) headers["authorization"] = "Bearer owner";
  let closed = false;

  async function read(id: string, { deadlineMs }: { deadlineMs: number }): Promise<Registered | undefined> {
    if (!canBeId(id)) return undefined;
    // Not GetDocument: it answers NOT_FOUND for a missing database as well, and no stream would seem to exist.
    const request = { database, documents: [prefix + id] };
    const metadata = routed({ database }, headers);
    const [answer] = await insistently(deadlineMs, (client, callMs) =>
      collected<{ found?: FoundDocument | null }>(client, "batchGetDocuments", request, metadata, callMs),
    );
    if (answer === undefined) throw registryDown({ why: "Firestore answered without a document" });
    return answer.found ? registered(answer.found) : undefined;
  }

  async function list(): Promise<Registered[]> {
    const found: Registered[] = [];
    let pageToken = "";
    do {
      const request = { parent, collectionId, pageSize, pageToken };
      const metadata = routed({ parent, collection_id: collectionId }, headers);
      const page = await insistently(deadlineMsMax, (client, callMs) =>
        unary<{ documents?: FoundDocument[]; nextPageToken?: string }>(
          client,
          "listDocuments",
          request,
          metadata,
          callMs,
        ),
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
    const currentDocument = ifVersion === null ? { exists: false } : { updateTime: fromVersion(ifVersion) };
    const update = { name: prefix + id, fields: toFields(document) };
    const request = { database, writes: [{ update, currentDocument }] };
    try {
      // Once: a second attempt could meet the first one's success and call it a conflict.
      const client = await opened(deadlineMsMax);
      await unary(client, "commit", request, routed({ database }, headers), deadlineMsMax);
    } catch (error) {
      throw conflicts.has(codeOf(error)) && !isMissingDatabase(error)
        ? registryConflict(undefined, error)
        : down(error);
    }
  }

  /** Half of the time for a first attempt; the other half for a second one, on a new connection after a silence. */
  async function insistently<T>(
    deadlineMs: number,
    call: (client: grpc.Client, callMs: number) => Promise<T>,
  ): Promise<T> {
    const end = performance.now() + deadlineMs;
    let client: grpc.Client | undefined;
    try {
      client = await opened(deadlineMs / 2);
      return await call(client, deadlineMs / 2);
    } catch (error) {
      if (!passes(codeOf(error)) || closed) throw down(error);
      if (client !== undefined && codeOf(error) === grpc.status.DEADLINE_EXCEEDED) channel.renew(client);
    }
    try {
      await new Promise((resolve) => setTimeout(resolve, Math.min(retryPauseMs, deadlineMs / 4)));
      client = await opened(end - performance.now());
      return await call(client, end - performance.now());
    } catch (error) {
      throw down(error);
    }
  }

  async function opened(deadlineMs: number): Promise<grpc.Client> {
    if (closed) throw registryDown({ why: "the registry is closed" });
    return channel.open(deadlineMs);
  }

  return {
    read,
    list,
    write,
    close: async () => {
      closed = true;
      channel.close();
    },
  };

  function registered({ name, fields, updateTime }: FoundDocument): Registered {
    return {
      id: name.slice(prefix.length),
      document: fromFields(fields),
      version: toVersion(updateTime),
    };
  }
}

/** Codes of a commit whose precondition did not hold. */
const conflicts: ReadonlySet<number> = new Set([
  grpc.status.FAILED_PRECONDITION,
  grpc.status.ALREADY_EXISTS,
  grpc.status.NOT_FOUND,
]);

/** The one NOT_FOUND that is not about the document. */
function isMissingDatabase(error: unknown): boolean {
  return codeOf(error) === grpc.status.NOT_FOUND && /\bdatabase \S+ does not exist/i.test(whyOf(error));
}

function down(error: unknown): Error {
  return registryDown({ why: whyOf(error) }, error);
}

function toVersion({ seconds, nanos }: Timestamp): string {
  return `${seconds ?? 0}.${nanos ?? 0}`;
}

/** @throws registry_conflict where it is no version of ours: then it is not the current one either */
function fromVersion(version: string): Timestamp {
  const parts = /^(\d{1,12})\.(\d{1,9})$/.exec(version);
  if (parts === null) throw registryConflict();
  return { seconds: parts[1]!, nanos: Number(parts[2]) };
}

/** Source: https://cloud.google.com/firestore/quotas#collections_documents_and_fields */
function canBeId(id: string): boolean {
  return (
    id !== "" &&
    id !== "." &&
    id !== ".." &&
    !id.includes("/") &&
    !/^__.*__$/.test(id) &&
    Buffer.byteLength(id) <= 1_500
  );
}
