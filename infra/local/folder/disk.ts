import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Disk } from "../../../functions/activity/status.ts";
import { freeBytes } from "../thread/disk.ts";

/** The disk below a data folder, and what of it the folder's files take. */
export function diskOf(directory: string): Disk {
  const sizes = readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    // It may go while it is looked at: SQLite and DuckDB make files and remove them.
    .map(({ name }) => statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0);
  return { free_bytes: freeBytes(directory), used_bytes: sizes.reduce((sum, size) => sum + size, 0) };
}
