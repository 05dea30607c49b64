import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, open, rm, rmdir, type FileHandle } from "node:fs/promises";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A disk that can be full. */
export interface SmallDisk {
  readonly directory: string;
  /** Takes room away: `bytes`, or all that is left. */
  fill(bytes?: number): Promise<void>;
  /** Gives back what `fill` took. */
  free(): Promise<void>;
}

/** A small disk for the work; it is gone afterwards, also on failure. */
export async function onSmallDisk<Result>(
  megabytes: number,
  work: (disk: SmallDisk) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), "afterclick-disk-"));
  await run("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", directory]);
  try {
    const filler = join(directory, "filler");
    return await work({
      directory,
      async fill(bytes = Infinity) {
        const file = await open(filler, "a");
        try {
          await write(file, bytes);
        } finally {
          await file.close();
        }
      },
      free: () => rm(filler, { force: true }),
    });
  } finally {
    await run("umount", ["--lazy", directory]);
    await rmdir(directory);
  }
}

async function write(file: FileHandle, bytes: number): Promise<void> {
  const piece = Buffer.alloc(64 * 1024);
  try {
    for (let left = bytes; left > 0; left -= piece.length)
      await file.write(piece, 0, Math.min(left, piece.length));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error; // full: that is what was asked for
  }
}

/** Why no small disk can be had here; undefined where it can. */
export function noSmallDisk(): string | undefined {
  if (process.platform !== "linux")
    return `a full disk is made with tmpfs, which ${process.platform} has not.`;
  const directory = mkdtempSync(join(tmpdir(), "afterclick-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", directory], { stdio: "pipe" });
    execFileSync("umount", [directory], { stdio: "pipe" });
    return undefined;
  } catch (error) {
    return `a full disk is made with tmpfs, and this user may not mount one (run it as root): ${String(error).split("\n")[0]}`;
  } finally {
    rmdirSync(directory);
  }
}
