import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { DocumentRow, DocumentsApi, DocumentWrite } from "./documents.ts";
import { documentSum, documentText as text } from "./sum.ts";

/** Documents of people in the registry's file, as its thread reads and writes them. */

export const documentsSchema = `
  -- One row a document, as JSON. An edit by hand knows no checksum, and is taken as it is.
  CREATE TABLE documents(kind TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL, version TEXT NOT NULL DEFAULT '',
    sum INTEGER, PRIMARY KEY (kind, id)) WITHOUT ROWID;
  CREATE TRIGGER document_edited_by_hand AFTER UPDATE OF document ON documents WHEN new.sum IS old.sum
    BEGIN UPDATE documents SET sum = NULL, version = 'by hand ' || hex(randomblob(8)) WHERE kind = new.kind AND id = new.id; END;
`;

interface FileDocuments {
  read: DocumentsApi["readDocument"];
  list: DocumentsApi["listDocuments"];
  /** In the caller's transaction. */
  commit: DocumentsApi["commitDocuments"];
}

export function documentsIn(db: DatabaseSync): FileDocuments {
  const columns = "SELECT kind, id, document, version, sum FROM documents";
  const one = db.prepare(`${columns} WHERE kind = ? AND id = ?`);
  const page = db.prepare(`${columns} WHERE kind = ? AND id > ? ORDER BY id LIMIT ?`);
  const put = db.prepare(
    "INSERT OR REPLACE INTO documents(kind, id, document, version, sum) VALUES (?, ?, ?, ?, ?)",
  );
  const remove = db.prepare("DELETE FROM documents WHERE kind = ? AND id = ?");

  const stands = ({ kind, id, ifVersion }: DocumentWrite): boolean => {
    if (ifVersion === undefined) return true;
    const row = one.get(kind, id);
    return (row === undefined ? null : text(row["version"])) === ifVersion;
  };

  return {
    read({ kind, id }) {
      const row = one.get(kind, id);
      return row && found(row);
    },
    list: ({ kind, after, limit }) => page.all(kind, after, limit).map(found),
    commit(writes) {
      if (!writes.every(stands)) return false;
      for (const { kind, id, document } of writes)
        if (document === null) remove.run(kind, id);
        else put.run(kind, id, document, randomUUID(), sumOf(kind, id, document));
      return true;
    },
  };
}

export function sumOf(kind: string, id: string, document: string): number {
  return documentSum(`${kind}/${id}`, document);
}

function found(row: Record<string, unknown>): DocumentRow {
  const [id, document, version] = [text(row["id"]), text(row["document"]), text(row["version"])];
  const sum = row["sum"];
  const isAltered = typeof sum === "number" && sum !== sumOf(text(row["kind"]), id, document);
  // No document: nobody gets a right from bytes that nobody wrote.
  return { id, document: isAltered ? `Bytes were altered on the disk: ${document}` : document, version };
}
