import { counted } from "../../../functions/counted.ts";
import { createHash, randomUUID } from "node:crypto";
import { workerData } from "node:worker_threads";
import type { RegistryApi, RegistryFile, Row } from "./registry.ts";
import { documentsIn, documentsSchema } from "./documents.file.ts";
import { documentSum, documentText as text } from "./sum.ts";
import { notePage } from "../folder/page.ts";
import { demandOwn } from "../thread/own-file.ts";
import { openFile, ownFile, transaction } from "../thread/sqlite.ts";
import { serve } from "../thread/worker.ts";

// An edit by hand knows no checksum, and is taken as it is.
const sums = `
  CREATE TRIGGER edited_by_hand AFTER UPDATE OF id, document ON streams WHEN new.sum IS old.sum
    BEGIN UPDATE streams SET sum = NULL WHERE id = new.id; END;
`;
const schema = `
  -- One row a stream: its document as JSON. A row written by hand needs no version and no checksum.
  CREATE TABLE streams(id TEXT PRIMARY KEY NOT NULL, document TEXT, version TEXT NOT NULL DEFAULT '', sum INTEGER);
  ${sums}
  ${documentsSchema}
`;
const upgrades = { 1: `ALTER TABLE streams ADD COLUMN sum INTEGER; ${sums}`, 2: documentsSchema };

const { file, own: before } = workerData as RegistryFile;
demandOwn(file, before);
const db = openFile(file, { schema, version: 3, upgrades, pageBytes: 4096 });
const own = ownFile(db, file);
const one = db.prepare("SELECT id, document, version, sum FROM streams WHERE id = ?");
const all = db.prepare("SELECT id, document, version, sum FROM streams ORDER BY id");
const allIds = db.prepare("SELECT id FROM streams");
const documents = documentsIn(db);
const put = db.prepare("INSERT OR REPLACE INTO streams(id, document, version, sum) VALUES (?, ?, ?, ?)");
/** Writes that come within so long are folded together. */
const foldMs = 20;
let damaged = countDamaged();

serve<RegistryApi>(
  {
    read(id) {
      const row = one.get(id);
      // Its id may be what was altered: "no such stream" would tell its sender to stop.
      if (row === undefined && damaged > 0)
        throw new Error(
          `bytes of ${counted(damaged, "document")} were altered on the disk; restore a backup`,
        );
      return found(row);
    },
    ids: () => ({ ids: allIds.all().map((row) => text(row["id"])), altered: (damaged = countDamaged()) }),
    list() {
      const rows = all.all();
      damaged = rows.filter(isDamaged).length;
      return rows.map((row) => found(row)!);
    },
    write({ id, document, ifVersion }) {
      own.demand();
      const written = transaction(db, () => {
        const version = found(one.get(id))?.version ?? null;
        if (version !== ifVersion) return false;
        put.run(id, document, randomUUID(), documentSum(id, document));
        return true;
      });
      own.demand();
      foldSoon();
      if (damaged > 0) damaged = countDamaged();
      return written;
    },
    readDocument: documents.read,
    listDocuments: documents.list,
    commitDocuments(writes) {
      own.demand();
      const written = transaction(db, () => documents.commit(writes));
      own.demand();
      foldSoon();
      return written;
    },
    note(page) {
      own.demand();
      transaction(db, () => notePage(db, page));
      own.demand();
      return undefined;
    },
  },
  () => {
    clearTimeout(folding);
    db.close();
  },
);

/** Streams are few and dear: they lie in the file itself, not in its log alone. Somebody who reads just now
 *  may hold it up; what is committed is durable either way. */
let folding: NodeJS.Timeout | undefined;
function foldSoon(): void {
  // Once for what is written together: a fold costs two syncs more.
  folding ??= setTimeout(fold, foldMs);
}
function fold(): void {
  folding = undefined;
  try {
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch {
    // A disk without room: it goes with the next one.
  }
}

function found(row: Record<string, unknown> | undefined): Row | undefined {
  if (row === undefined) return undefined;
  const id = text(row.id);
  const document = row.document instanceof Uint8Array ? text(row.document) : row.document;
  // With the document's hash, since an edit by hand leaves the column version as it was.
  const hash = createHash("sha256").update(String(document)).digest("hex").slice(0, 16);
  const version = `${text(row.version)}.${hash}`;
  // No document of a stream: its hits then wait as dead letters until somebody writes it anew.
  if (isDamaged(row))
    return { id, document: `Bytes were altered on the disk: ${text(document)}`, version, isAltered: true };
  return { id, document, version, isAltered: false };
}

function countDamaged(): number {
  return all.all().filter(isDamaged).length;
}

function isDamaged(row: Record<string, unknown>): boolean {
  return typeof row["sum"] === "number" && row["sum"] !== documentSum(text(row.id), text(row.document));
}
