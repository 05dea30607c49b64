/** What the product keeps besides streams and hits: people, their sessions and tokens, jobs, the audit,
 *  imports, feeds and their fetches, drop boxes, what was found in streams' last hits. Small documents,
 *  in collections of one kind each, on the registry's own ground.
 *  Drivers: Firestore (infra/google), SQLite on disk (infra/local). */
export interface Documents {
  /** The document as it stands; undefined where there is none. @throws documents_down */
  read(kind: Kind, id: string): Promise<Stored | undefined>;
  /** Documents of one kind, ordered by the bytes of their ids. Whoever wants the newest first names them so.
   *  @param options.after only ids behind this one; it need not exist
   *  @throws documents_down */
  list(kind: Kind, options: { after?: string; limit: number }): Promise<Stored[]>;
  /** All of the writes or none of them, each document at most once.
   *  @throws documents_conflict where one of them meets another version than it names;
   *  documents_down: it may be done or not */
  commit(writes: readonly Write[]): Promise<void>;
  close(): Promise<void>;
}

/** The collections. Nothing of a kind is in another one. */
export type Kind =
  | "people"
  | "sessions"
  | "tokens"
  | "pauses"
  | "settings"
  | "audit"
  | "jobs"
  | "looks"
  | "imports"
  | "feeds"
  | "fetches"
  | "arrivals"
  | "link_asks"
  | "link_runs"
  | "uploads"
  | "dropboxes"
  | "dropped"
  | "taken"
  | "health"
  | "incidents";

export interface Stored {
  /** 1 to 1,500 bytes; no `/`, not `.` or `..`, and not between two pairs of `_`. */
  readonly id: string;
  /** An object in all good cases; whatever else somebody wrote by hand otherwise. */
  readonly document: unknown;
  /** Changes with every write. */
  readonly version: string;
}

export interface Write {
  readonly kind: Kind;
  readonly id: string;
  /** Objects, lists that hold no lists, texts, numbers, booleans and null, below 1 MiB; null:
   *  the document is removed. */
  readonly document: Readonly<Record<string, unknown>> | null;
  /** The version that is replaced or removed; null: only where there is no document yet. Left
   *  out: whatever is there. */
  readonly ifVersion?: string | null;
}

/** Whether every store can hold a document of this id. */
export function canBeId(id: string): boolean {
  return (
    id !== "" &&
    id !== "." &&
    id !== ".." &&
    !id.includes("/") &&
    !/^__.*__$/.test(id) &&
    Buffer.byteLength(id) <= 1_500
  );
}

/** 2286: ids keep their length until then. */
const newestAt = 99_999_999_999_999;

/** The beginning of an id by which the newest documents come first. @param at Unix ms */
export const newestFirst = (at: number): string => String(newestAt - at).padStart(14, "0");

/** The time that `newestFirst` made a beginning of. */
export const timeIn = (id: string): number => newestAt - Number(id.slice(0, 14));

/** @throws Error: whoever makes ids makes them so that they can be */
export function demandIds(writes: readonly Write[]): void {
  for (const { kind, id } of writes)
    if (!canBeId(id))
      throw new Error(`No document of ${kind} can have the id ${JSON.stringify(id.slice(0, 50))}.`);
}
