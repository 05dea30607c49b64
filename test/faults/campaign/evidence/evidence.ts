/** What the files of a product that has ended hold. */
import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { warehouseFileName } from "../../../../infra/local/warehouse/sql.ts";

export interface Found {
  readonly hitId: string;
  readonly stream: string;
  readonly sha256: string;
  readonly contentType?: string;
  readonly where: "row" | "dead letter";
  /** Of a dead letter. */
  readonly reason?: string;
}

export interface Evidence {
  readonly found: readonly Found[];
  /** Sentences; each view `_unique` shows every hit of its table once a day. */
  readonly brokenViews: readonly string[];
  /** Tables that cannot be read, each with why. */
  readonly unreadable: readonly string[];
}

const script = fileURLToPath(new URL("./evidence-run.ts", import.meta.url));

/** Copies are opened: the evidence itself stays as it is.
 *  @throws Error where the file as a whole cannot be read */
export function readEvidence(directory: string): Promise<Evidence> {
  const logs = ["", ".checkpoint", ".recovery"].map((part) => `${warehouseFileName}.wal${part}`);
  return onCopies(directory, [warehouseFileName, ...logs], async ([file]) => {
    const options = { maxBuffer: 2 ** 30 };
    const { stdout } = await promisify(execFile)(process.execPath, [script, file!], options);
    return JSON.parse(stdout) as Evidence;
  });
}

/** The ids of the hits in a queue's file, as far as it can be read; with where its bodies lie. */
export function readWaiting(directory: string): Promise<Map<string, Buffer>> {
  return onCopies(directory, ["queue.sqlite", "queue.sqlite-wal"], ([file]) => {
    const waiting = new Map<string, Buffer>();
    const db = new DatabaseSync(file!);
    try {
      for (const { attributes, body } of db.prepare("SELECT attributes, body FROM messages").iterate()) {
        const hitId = /"hit_id":"([0-9a-f-]{36})"/.exec(String(attributes))?.[1];
        if (hitId !== undefined && body instanceof Uint8Array) waiting.set(hitId, Buffer.from(body));
      }
    } catch {
      // What follows in a damaged file cannot be read.
    } finally {
      db.close();
    }
    return waiting;
  });
}

async function onCopies<Result>(
  directory: string,
  names: readonly string[],
  read: (files: readonly string[]) => Result | Promise<Result>,
): Promise<Result> {
  const copy = await mkdtemp(join(tmpdir(), "afterclick-evidence-"));
  try {
    for (const name of names)
      await copyFile(join(directory, name), join(copy, name)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT" || name === names[0]) throw error; // a log that was folded
      });
    return await read(names.map((name) => join(copy, name)));
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
