import { counted } from "../../../functions/counted.ts";
import { DatabaseSync } from "node:sqlite";
import { sumOf as documentOfPeopleSum } from "../registry/documents.file.ts";
import { documentSum, documentText } from "../registry/sum.ts";
import { sumOf } from "../queue/wire.ts";
import { whyOf } from "../thread/worker.ts";
import { dataFiles, type StoreName } from "./page.ts";

const complaintsMax = 20;

/** What is wrong with an SQLite file, also while it is in use; a sentence each. */
export function verifySqlite(store: Exclude<StoreName, "warehouse">, file: string): string[] {
  const name = dataFiles[store];
  try {
    const db = new DatabaseSync(file, { timeout: 5_000 });
    try {
      const findings = db
        .prepare(`PRAGMA integrity_check(${complaintsMax})`)
        .all()
        .map((row) => String(row["integrity_check"]))
        .filter((line) => line !== "ok")
        .map((line) => `${name}: ${line.replaceAll(/\s+/g, " ")}`);
      const altered = store === "queue" ? [alteredMessages(db)] : [alteredDocuments(db), alteredPeople(db)];
      return [...findings, ...altered.filter((one) => one !== undefined).map((one) => `${name}: ${one}`)];
    } finally {
      db.close();
    }
  } catch (error) {
    return [`${name}: ${whyOf(error)}`];
  }
}

function alteredMessages(db: DatabaseSync): string | undefined {
  const rows = db.prepare(
    "SELECT CAST(attributes AS BLOB) AS attributes, CAST(body AS BLOB) AS body, sum FROM messages WHERE sum IS NOT NULL",
  );
  let altered = 0;
  for (const { attributes, body, sum } of rows.iterate())
    if (sumOf(attributes as Uint8Array, body as Uint8Array) !== sum) altered++;
  if (altered === 0) return undefined;
  return `the bytes of ${counted(altered, "message")} are not those that were stored; ${altered === 1 ? "it will be a dead letter" : "they will be dead letters"}`;
}

function alteredDocuments(db: DatabaseSync): string | undefined {
  const rows = db.prepare("SELECT id, document, sum FROM streams WHERE sum IS NOT NULL").all();
  const { length } = rows.filter(
    ({ id, document, sum }) => documentSum(documentText(id), documentText(document)) !== sum,
  );
  return length === 0
    ? undefined
    : `${counted(length, "document of a stream is", "documents of streams are")} not as written; write ${length === 1 ? "it" : "them"} anew`;
}

/** A file of an earlier Afterclick has none. */
function alteredPeople(db: DatabaseSync): string | undefined {
  if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'documents'").get() === undefined)
    return undefined;
  const rows = db.prepare("SELECT kind, id, document, sum FROM documents WHERE sum IS NOT NULL").all();
  const altered = rows.filter(
    ({ kind, id, document, sum }) =>
      documentOfPeopleSum(documentText(kind), documentText(id), documentText(document)) !== sum,
  );
  if (altered.length === 0) return undefined;
  const kinds = [...new Set(altered.map(({ kind }) => documentText(kind)))].join(", ");
  return `${counted(altered.length, `document of ${kinds} is`, `documents of ${kinds} are`)} not as written, and count${altered.length === 1 ? "s" : ""} as unreadable`;
}
