/** Where streams are registered: one document a stream, written by the admin API, by Terraform or by hand.
 *  Drivers: Firestore (infra/google), SQLite on disk (infra/local). */
export interface Registry {
  /** The document as it stands, whatever is in it: nothing is checked here. undefined where there is none.
   *  @throws registry_down after `deadlineMs` or when the store does not answer */
  read(id: string, options: { deadlineMs: number }): Promise<Registered | undefined>;
  /** All documents, also those whose id is no UUID, ordered by id. @throws registry_down */
  list(): Promise<Registered[]>;
  /** Writes the whole document.
   *  @param ifVersion the version that is replaced; null: only where there is no document yet
   *  @throws registry_conflict when the document is another by now, registry_down */
  write(id: string, document: Record<string, unknown>, ifVersion: string | null): Promise<void>;
  /** Whether there may be a document with this id, told from memory: only where all ids are held there. One
   *  that somebody else has written counts 5 s later at the latest. @throws registry_down */
  mayHold?(id: string): boolean | Promise<boolean>;
  close(): Promise<void>;
}

export interface Registered {
  readonly id: string;
  /** An object in all good cases; whatever else somebody wrote by hand otherwise.
   *  Times are ISO 8601 texts. */
  readonly document: unknown;
  /** Changes with every write. */
  readonly version: string;
}

/** How long a person's request waits for one answer of the registry. */
export const registryDeadlineMs = 5_000;
