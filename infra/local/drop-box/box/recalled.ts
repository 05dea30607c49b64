import { lstat } from "node:fs/promises";
import type { Documents, Write } from "../../../../functions/documents.ts";
import type { Files } from "./files.ts";
import { listNotes } from "./noted.ts";
import { isOwn } from "./paths.ts";

interface Recalling {
  readonly user: string;
  readonly files: Files;
  readonly documents: Documents;
}

/** Tells the files of a box what was known of them. Where a rename was cut off before its note was, the note
 *  has the old name: by the inode it goes with its file. What is about none of them goes.
 *  @throws documents_down, and what the disk says */
export async function recallNotes({ user, files, documents }: Recalling): Promise<void> {
  const notes = await listNotes(documents, user);
  const others: typeof notes = [];
  for (const one of notes) {
    const file = files.get(one.note.path);
    if (file?.inode === one.note.inode)
      [file.closedAt, file.takenAt] = [one.note.closed_at, one.note.taken_at];
    else others.push(one);
  }
  const byInode = new Map(files.all().map((file) => [file.inode, file]));
  const writes = new Map<string, Write>();
  for (const { id } of others) writes.set(id, { kind: "dropped", id, document: null });
  for (const { note } of others) {
    const file = byInode.get(note.inode);
    if (file === undefined || file.closedAt !== undefined || isOwn(file.path.split("/"))) continue;
    if (!(await wasThere(files.diskOf(file), note.closed_at))) continue;
    // Under its new name it was not taken.
    file.closedAt = note.closed_at;
    const write = files.note(file.path, file);
    writes.set(write.id, write);
  }
  if (writes.size > 0) await documents.commit([...writes.values()]);
}

/** One that was made later is another one, to which the disk gave the inode of a file that is gone. */
async function wasThere(path: string, at: number): Promise<boolean> {
  return (await lstat(path)).birthtimeMs <= at;
}
