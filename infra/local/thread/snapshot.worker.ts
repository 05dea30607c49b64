import { closeSync, existsSync, fsyncSync, openSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { SnapshotApi } from "./snapshot.ts";
import { serve } from "./worker.ts";

serve<SnapshotApi>({
  copy({ source, target }) {
    if (existsSync(target)) throw new Error(`${target} exists already. Name a file that does not exist.`);
    const db = new DatabaseSync(source, { timeout: 5_000 });
    try {
      db.prepare("VACUUM INTO ?").run(target);
    } catch (error) {
      rmSync(target, { force: true });
      throw error;
    } finally {
      db.close();
    }
    // SQLite does not sync what VACUUM INTO writes. The copy is closed by now: no lock of
    // ours is lost by opening it.
    const copy = openSync(target, "r+");
    fsyncSync(copy);
    closeSync(copy);
    return undefined;
  },
});
