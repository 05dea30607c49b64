import { createHash, randomUUID } from "node:crypto";
import { workerData } from "node:worker_threads";
import type { RegistryApi, Row } from "./registry.ts";
import { openFile, transaction } from "../thread/sqlite.ts";
import { serve } from "../thread/worker.ts";

const schema = `
  -- One row a stream: its document as JSON. A row written by hand needs no version.
  CREATE TABLE streams(id TEXT PRIMARY KEY NOT NULL, document TEXT, version TEXT NOT NULL DEFAULT '');
`;

const { file } = workerData as { file: string };
const db = openFile(file, { schema, version: 1, pageBytes: 4096 });
const one = db.prepare("SELECT id, document, version FROM streams WHERE id = ?");
const all = db.prepare("SELECT id, document, version FROM streams ORDER BY id");
const allIds = db.prepare("SELECT id FROM streams");
const put = db.prepare("INSERT OR REPLACE INTO streams(id, document, version) VALUES (?, ?, ?)");

serve<RegistryApi>(
  {
    read: (id) => found(one.get(id)),
    ids: () => allIds.all().map((row) => text(row["id"])),
    list: () => all.all().map((row) => found(row)!),
    write: ({ id, document, ifVersion }) =>
      transaction(db, () => {
        const version = found(one.get(id))?.version ?? null;
        if (version !== ifVersion) return false;
        put.run(id, document, randomUUID());
        return true;
      }),
  },
  () => db.close(),
);

function found(row: Record<string, unknown> | undefined): Row | undefined {
  if (row === undefined) return undefined;
  const id = text(row.id);
  const document = row.document instanceof Uint8Array ? text(row.document) : row.document;
  // With the document's hash, since an edit by hand leaves the column version as it was.
  const hash = createHash("sha256").update(String(document)).digest("hex").slice(0, 16);
  return { id, document, version: `${text(row.version)}.${hash}` };
}

function text(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString() : String(value);
}
