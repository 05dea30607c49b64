import firestore from "@google-cloud/firestore";
import { grpc } from "google-gax";
import type { Raise } from "../../../functions/problem.ts";
import { codeOf, openChannel, passes, routed, unary, whyOf } from "../channel.ts";
import type { Fields, Timestamp } from "./document.ts";

export interface RegistryConfig {
  readonly project: string;
  /** `(default)` where left out. */
  readonly database?: string;
  /** `streams` where left out. */
  readonly collection?: string;
  /** `host:port` of an emulator; Firestore itself where left out. */
  readonly emulator?: string;
}

/** How long a call waits where nobody says. */
export const deadlineMsMax = 10_000;
const retryPauseMs = 30;

export interface FoundDocument {
  readonly name: string;
  readonly fields?: Fields | null;
  readonly updateTime: Timestamp;
}

interface Words {
  down: Raise<{ why: string }>;
  conflict: Raise<void>;
}

/** Calls of Firestore's own service. The client library's documents and queries retry for up to a minute,
 *  take no deadline, and go on in the background when nobody waits for them any more. */
export interface Calls {
  readonly database: string;
  /** Of all documents: `projects/P/databases/D/documents`. */
  readonly parent: string;
  /** How Google routes a call about `params`. */
  routed(params: Record<string, string>): grpc.Metadata;
  /** Half of the time for a first attempt; the other half for a second one, on a new
   *  connection after a silence.
   *  @throws as `words.down` */
  insistently<T>(deadlineMs: number, call: (client: grpc.Client, callMs: number) => Promise<T>): Promise<T>;
  /** All writes or none; once: a second attempt could meet the first one's success and call it a conflict.
   *  @throws as `words` say */
  commit(writes: readonly object[]): Promise<void>;
  close(): void;
}

/** @param words in which failures are told */
export function openCalls(config: RegistryConfig, words: Words): Calls {
  const down = (error: unknown): Error => words.down({ why: whyOf(error) }, error);
  const database = `projects/${config.project}/databases/${config.database ?? "(default)"}`;
  const channel = openChannel((options) => new firestore.v1.FirestoreClient(options), config.emulator);
  const headers: Record<string, string> = {
    "google-cloud-resource-prefix": database,
  };
  // The emulator's word for a caller whom no security rule binds, as service accounts are in the cloud.
  if (config.emulator !== undefined) headers["authorization"] = "Bearer owner";
  let closed = false;

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

  async function commit(writes: readonly object[]): Promise<void> {
    try {
      const client = await opened(deadlineMsMax);
      await unary(
        client,
        "commit",
        { database, writes },
        {
          metadata: routed({ database }, headers),
          deadlineMs: deadlineMsMax,
        },
      );
    } catch (error) {
      throw conflicts.has(codeOf(error)) && !isMissingDatabase(error)
        ? words.conflict(undefined, error)
        : down(error);
    }
  }

  async function opened(deadlineMs: number): Promise<grpc.Client> {
    if (closed) throw words.down({ why: "the registry is closed" });
    return channel.open(deadlineMs);
  }

  return {
    database,
    parent: `${database}/documents`,
    routed: (params) => routed(params, headers),
    insistently,
    commit,
    close: () => {
      closed = true;
      channel.close();
    },
  };
}

/** What a write onto `ifVersion` asks of the document that is there.
 *  @throws conflict where it is no version of ours: then it is not the current one either */
export function precondition(ifVersion: string | null, conflict: Raise<void>): object {
  return ifVersion === null ? { exists: false } : { updateTime: fromVersion(ifVersion, conflict) };
}

export function toVersion({ seconds, nanos }: Timestamp): string {
  return `${seconds ?? 0}.${nanos ?? 0}`;
}

function fromVersion(version: string, conflict: Raise<void>): Timestamp {
  const parts = /^(\d{1,12})\.(\d{1,9})$/.exec(version);
  if (parts === null) throw conflict();
  return { seconds: parts[1]!, nanos: Number(parts[2]) };
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
