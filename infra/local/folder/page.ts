import type { DatabaseSync } from "node:sqlite";

/** The files of the data folder, and of a backup. */
export const dataFiles = {
  queue: "queue.sqlite",
  warehouse: "warehouse.duckdb",
  registry: "registry.sqlite",
} as const;
/** What lies beside them from the first start on: room for the next start, exports on their way
 *  out, what does not fit in memory, a hint of fold.ts, files that
 *  arrived, and what lies in drop boxes. Of a folder whose data is gone they
 *  tell that there was some. */
export const besideFiles = {
  reserve: "reserve",
  io: "io",
  tmp: "tmp",
  tails: "warehouse.tails.json",
  imports: "imports",
  dropBoxes: "drop-boxes",
} as const;
/** Sealed, where there are any. It goes into a backup as it is; its key does not. */
export const secretsFile = "secrets.json";
/** A file that arrived, in a backup too: in a folder of its own, under what it is kept as. */
export const arrivedName = new RegExp(`^${besideFiles.imports}/[0-9a-f]{16}$`);
export type StoreName = keyof typeof dataFiles;
export const storeNames = Object.keys(dataFiles) as StoreName[];

/** What each file of a data folder carries: which folder it belongs to, and how far it and the others
 *  were when it was written. A file that is missing, of another folder or older than the others saw it
 *  is told by these pages. */
export interface Page {
  /** The same in all files of a folder: a UUID. */
  readonly house: string;
  /** Of its own file: grows by one where something was written since the last page. Of the others: what was
   *  durable in them before this page was written, never more, so that no crash looks like a loss. */
  readonly states: Readonly<Record<StoreName, number>>;
}

/** A store that carries a page. */
export interface Housed {
  /** Grows with everything that is written. */
  changes(): number;
  /** Resolves once the page is durable, and with it everything that was before it. */
  note(page: string): Promise<void>;
}

/** @returns undefined where the text is no page: the file then counts as one without */
export function parsePage(text: unknown): Page | undefined {
  try {
    const { house, states } = JSON.parse(String(text)) as Page;
    const isWhole =
      typeof house === "string" && storeNames.every((name) => Number.isSafeInteger(states[name]));
    return isWhole ? { house, states } : undefined;
  } catch {
    return undefined;
  }
}

/** In the caller's transaction, or in one of its own. */
export function notePage(db: DatabaseSync, page: string): void {
  db.exec("CREATE TABLE IF NOT EXISTS house(id INTEGER PRIMARY KEY CHECK (id = 1), page TEXT NOT NULL)");
  db.prepare("INSERT OR REPLACE INTO house(id, page) VALUES (1, ?)").run(page);
}

export function pageIn(db: DatabaseSync): Page | undefined {
  const there = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'house'").get();
  return there === undefined ? undefined : parsePage(db.prepare("SELECT page FROM house").get()?.["page"]);
}
