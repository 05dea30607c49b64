import { mkdir, rename, rmdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { BoxPorts, Files } from "./files.ts";
import { noteWrite } from "./noted.ts";
import { demandFilePlace, demandFolderPlace } from "./paths.ts";
import { failure, Refusal, statuses } from "./refusal.ts";
import { syncFolder } from "../../folder/backup.ts";

type Moving = Pick<BoxPorts, "documents" | "clock"> & { readonly user: string; readonly files: Files };

/** A file of the other name is replaced. A name that was a temporary one may be a final one now: the file
 *  is settled anew.
 *  @throws Refusal, documents_down, and what the disk says */
export async function moveFile(
  { user, files, documents, clock }: Moving,
  from: readonly string[],
  to: readonly string[],
): Promise<void> {
  const file = files.get(from.join("/"));
  if (file === undefined) throw new Refusal(statuses.noSuchFile, "There is no such file.");
  const [old, path] = [file.path, to.join("/")];
  if (path === old) return;
  await rename(files.onDisk(from), files.onDisk(to));
  files.move(file, path);
  const closedAt = file.closedAt === undefined ? undefined : clock.now();
  // Under its new name it was not taken, and it is not whole before that is durable.
  file.closedAt = file.takenAt = undefined;
  for (const folder of new Set([from, to].map((names) => dirname(files.onDisk(names)))))
    await syncFolder(folder);
  try {
    await documents.commit([noteWrite(user, old, null), files.note(path, { ...file, closedAt })]);
  } finally {
    // Also where that failed: the note under the old name goes with its file, see recalled.ts.
    file.closedAt = closedAt;
    files.settle(file);
  }
}

/** Onto a name that nothing has. @throws as moveFile */
export async function moveFolder(
  { user, files, documents }: Moving,
  from: readonly string[],
  to: readonly string[],
): Promise<void> {
  demandFolderPlace(to);
  const prefix = `${from.join("/")}/`;
  if (`${to.join("/")}/`.startsWith(prefix)) throw failure("A folder cannot be moved into itself.");
  const inside = files.all().filter(({ path }) => path.startsWith(prefix));
  for (const { path } of inside) demandFilePlace([...to, ...path.slice(prefix.length).split("/")]);
  await mkdir(files.onDisk(to), { mode: 0o700 });
  try {
    await rename(files.onDisk(from), files.onDisk(to));
  } catch (error) {
    await rmdir(files.onDisk(to));
    throw error;
  }
  await syncFolder(dirname(files.onDisk(to)));
  await syncFolder(dirname(files.onDisk(from)));
  const writes = inside.flatMap((file) => {
    const old = file.path;
    files.move(file, [...to, old.slice(prefix.length)].join("/"));
    file.takenAt = undefined;
    return [noteWrite(user, old, null), files.note(file.path, file)];
  });
  try {
    if (writes.length > 0) await documents.commit(writes);
  } finally {
    for (const file of inside) files.settle(file);
  }
}
