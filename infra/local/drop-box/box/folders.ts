import { mkdir, readdir, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { syncFolder } from "../../folder/backup.ts";
import { demandFolderPlace, isOwn } from "./paths.ts";
import { denied, failure } from "./refusal.ts";

/** The folders of a drop box: so many at most, since each takes room on the disk and time when all of them
 *  are looked through, and none counts against the bytes.
 *  @param root the folder of the box */
export async function openFolders(root: string, foldersMax: number) {
  const onDisk = (names: readonly string[]) => join(root, ...names);
  let count = await countIn(root);

  return {
    /** @throws Refusal, and what the disk says */
    async make(names: readonly string[]): Promise<void> {
      demandFolderPlace(names);
      if (count >= foldersMax)
        throw failure(`The drop box has too many folders: at most ${foldersMax}. Remove some from it.`);
      await mkdir(onDisk(names), { mode: 0o700 });
      count += 1;
      await syncFolder(dirname(onDisk(names)));
    },

    /** @throws Refusal, and what the disk says: for one, that it is not empty */
    async remove(names: readonly string[]): Promise<void> {
      if (names.length === 0) throw denied("This is the drop box itself.");
      await rmdir(onDisk(names));
      if (!isOwn(names)) count -= 1;
    },

    /** Takes away what is empty of the server's own, and counts anew what somebody changed by hand. */
    async sweep(): Promise<void> {
      for (const folder of await foldersIn(root))
        if (isOwn(folder) && folder.length > 1) await rmdir(onDisk(folder)).catch(ifInUse);
      count = await countIn(root);
    },
  };
}

/** Of clients: what the server makes for its own files goes with them. */
async function countIn(root: string): Promise<number> {
  return (await foldersIn(root)).filter((names) => !isOwn(names)).length;
}

/** The deepest first. */
async function foldersIn(root: string, within: readonly string[] = []): Promise<string[][]> {
  const all: string[][] = [];
  for (const found of await readdir(join(root, ...within), { withFileTypes: true }))
    if (found.isDirectory()) {
      const names = [...within, found.name];
      all.push(...(await foldersIn(root, names)), names);
    }
  return all;
}

function ifInUse(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST" && error.code !== "ENOENT") throw error;
}
