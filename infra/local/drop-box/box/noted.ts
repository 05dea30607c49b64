import { createHash } from "node:crypto";
import type { Documents, Write } from "../../../../functions/documents.ts";

/** What stands in the documents of a file of a drop box: that a client has closed it, whole, and since when
 *  it is taken. A file without a note is a partial one, whatever killed its transfer. */
export interface Note {
  readonly path: string;
  /** Which file of the disk it is about: one that was put in its place has another. */
  readonly inode: string;
  /** Unix ms. */
  readonly closed_at: number;
  readonly taken_at?: number;
}

const pageMax = 1_000;

export function noteWrite(user: string, path: string, note: Omit<Note, "path"> | null): Write {
  return { kind: "dropped", id: noteId(user, path), document: note && { path, ...note } };
}

/** A path may be longer than an id. The user comes first, so that those of a box stand together. */
function noteId(user: string, path: string): string {
  return `${user}:${createHash("sha256").update(path).digest("hex").slice(0, 40)}`;
}

/** Of one box. @throws documents_down */
export async function listNotes(documents: Documents, user: string): Promise<{ id: string; note: Note }[]> {
  const notes: { id: string; note: Note }[] = [];
  const prefix = `${user}:`;
  for (let after = prefix; ;) {
    const page = await documents.list("dropped", { after, limit: pageMax });
    const own = page.filter(({ id }) => id.startsWith(prefix));
    for (const { id, document } of own) {
      const { path, inode, closed_at, taken_at } = Object(document) as Partial<Note>;
      if (typeof path !== "string" || typeof inode !== "string" || typeof closed_at !== "number") continue;
      notes.push({ id, note: { path, inode, closed_at, ...(typeof taken_at === "number" && { taken_at }) } });
    }
    if (own.length < pageMax) return notes;
    after = page.at(-1)!.id;
  }
}
