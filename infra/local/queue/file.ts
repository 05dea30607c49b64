import type { DatabaseSync } from "node:sqlite";
import { freeBytes, megabytes } from "../thread/disk.ts";
import { demandOwn } from "../thread/own-file.ts";
import { openFile, ownFile, transaction, type Connection } from "../thread/sqlite.ts";
import type { Group, QueueFile } from "./wire.ts";

/** The queue's file, as each connection that writes it opens it. One transaction a group, one sync a
 *  transaction. */

export interface Writer {
  readonly db: DatabaseSync;
  /** @returns the id of the first put; and how many rows somebody else wrote between `after` and it
   *  @throws Error where the group is not in the file, or where the path names another file by now */
  commit(group: Group): { first: number; foreign: number };
  /** Whether the disk has what is kept free for delivering what waits; looked at a few times a second. */
  hasRoom(): boolean;
  /** @throws Error where the path names another file by now, or none */
  demand(): void;
}

/** As small as the disk's own: what a commit writes beside the hit is whole pages. */
const pageBytes = 4096;
const freeBytesMax = 64 * 1024 * 1024;
const freeBytesStep = 8 * 1024 * 1024;
/** What is written meanwhile is a part of what is kept free. */
const roomEveryMs = 50;

const schema = `
  -- Waiting hits in the order of their arrival: attributes as a JSON object of texts, the body as it came.
  -- sum: a checksum of both, compared before delivery.
  CREATE TABLE messages(id INTEGER PRIMARY KEY, attributes TEXT NOT NULL, body BLOB NOT NULL, sum INTEGER);
  -- Those of them that were tried and come again at due_at (Unix ms).
  CREATE TABLE retries(id INTEGER PRIMARY KEY, attempts INTEGER NOT NULL, due_at INTEGER NOT NULL);
  CREATE INDEX retries_due ON retries(due_at);
  -- Those of them that wait until their own stream has room.
  CREATE TABLE asides(stream_id TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY(stream_id, id)) WITHOUT ROWID;
  CREATE INDEX asides_id ON asides(id);
  -- Messages that are no hits: somebody wrote them by hand. Kept for a person to look at.
  CREATE TABLE rejected(id INTEGER PRIMARY KEY, attributes, body, reason TEXT NOT NULL, at INTEGER NOT NULL);
  -- One row, rewritten to prove that a commit works.
  CREATE TABLE probe(id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL);
`;

const upgrades = { 1: "ALTER TABLE messages ADD COLUMN sum INTEGER" };

export function openWriter(queue: QueueFile, connection?: Connection): Writer {
  const { file, own, fileBytesMax, roomBytesMin } = queue;
  demandOwn(file, own);
  const db = openFile(file, { schema, version: 2, upgrades, pageBytes }, connection);
  // A file of an earlier version keeps its pages.
  const bytesAPage = number(db.prepare("PRAGMA page_size").get()?.page_size, pageBytes);
  if (fileBytesMax !== undefined) db.exec(`PRAGMA max_page_count = ${Math.floor(fileBytesMax / bytesAPage)}`);
  const opened = ownFile(db, file, connection);
  const maxId = db.prepare("SELECT max(id) AS id FROM messages");
  const count = db.prepare("SELECT count(*) AS n FROM messages WHERE id > ? AND id <= ?");
  const insert = db.prepare(
    "INSERT INTO messages(id, attributes, body, sum) VALUES (?, CAST(? AS TEXT), ?, ?)",
  );
  const removeRun = db.prepare("DELETE FROM messages WHERE id BETWEEN ? AND ?");
  const leaveRetries = db.prepare("DELETE FROM retries WHERE id = ?");
  const leaveAsides = db.prepare("DELETE FROM asides WHERE id = ?");
  const retry = db.prepare("INSERT OR REPLACE INTO retries(id, attempts, due_at) VALUES (?, ?, ?)");
  const aside = db.prepare("INSERT OR IGNORE INTO asides(stream_id, id) VALUES (?, ?)");
  const keepRejected = db.prepare(
    "INSERT OR REPLACE INTO rejected SELECT (SELECT coalesce(max(id), 0) + 1 FROM rejected), attributes, body, ?, ? FROM messages WHERE id = ?",
  );
  const probe = db.prepare("INSERT OR REPLACE INTO probe(id, at) VALUES (1, ?)");
  const freePages = db.prepare("PRAGMA freelist_count");

  let room = Infinity;
  let roomAt = -Infinity;
  function hasRoom(): boolean {
    const now = performance.now();
    if (now - roomAt >= roomEveryMs || room < roomBytesMin) {
      room = freeBytes(file);
      roomAt = now;
    }
    return room >= roomBytesMin;
  }

  /** Deleting needs room as well, for the log: a queue that took the disk's last page
   *  could never be emptied. */
  function demandRoom(): void {
    if (hasRoom()) return;
    giveBackPages(0);
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    const free = freeBytes(file);
    if (free >= roomBytesMin) return;
    throw new Error(`the disk has ${megabytes(free)} left; make it more than ${megabytes(roomBytesMin)}`);
  }

  function write(group: Group, firstId: number): void {
    for (const id of group.leaving) {
      leaveRetries.run(id);
      leaveAsides.run(id);
    }
    for (const { id, why } of group.rejects) keepRejected.run(why, Date.now(), id);
    for (const { id } of group.rejects) removeRun.run(id, id);
    for (const [from, to] of runs(group.acks)) removeRun.run(from, to);
    for (let i = 0; i < group.nacks.length; i += 3)
      retry.run(group.nacks[i]!, group.nacks[i + 1]!, group.nacks[i + 2]!);
    for (const { id, stream_id } of group.asides) aside.run(stream_id, id);
    if (group.puts === undefined) return void probe.run(Date.now()); // proves the disk to whoever asked with nothing to put
    const { bytes, lengths, sums } = group.puts;
    let at = 0;
    for (let i = 0; i < lengths.length; i += 2) {
      const middle = at + lengths[i]!;
      const end = middle + lengths[i + 1]!;
      insert.run(firstId + i / 2, bytes.subarray(at, middle), bytes.subarray(middle, end), sums[i / 2]!);
      at = end;
    }
  }

  /** A backlog that is gone gives its room back to the disk, a little at a time. */
  function giveBackPages(bytesKept: number): void {
    if (number(freePages.get()?.freelist_count) * bytesAPage <= bytesKept) return;
    try {
      db.exec(`PRAGMA incremental_vacuum(${Math.ceil(freeBytesStep / bytesAPage)})`);
    } catch {
      // A disk without room for the log of this change: the group itself is committed,
      // the pages go another time.
    }
  }

  return {
    db,
    hasRoom,
    demand: opened.demand,
    commit(group) {
      if (group.asks) demandRoom();
      let first = group.after + 1;
      let foreign = 0;
      const work = () => {
        const last = number(maxId.get()?.id);
        if (last > group.after) {
          foreign = number(count.get(group.after, last)?.n);
          first = last + 1;
        }
        write(group, first);
      };
      transaction(db, work, connection);
      // Before anybody is answered: the file may have been removed. What went into one that was is refused.
      opened.demand();
      if (group.puts === undefined) giveBackPages(freeBytesMax);
      return { first, foreign };
    },
  };
}

/** Neighbouring ids as one run: a range is deleted in a fraction of the time of its rows one by one. */
function runs(ids: Float64Array): [number, number][] {
  const found: [number, number][] = [];
  for (const id of ids.sort()) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === id - 1) last[1] = id;
    else found.push([id, id]);
  }
  return found;
}

export function number(value: unknown, otherwise = 0): number {
  return typeof value === "number" ? value : otherwise;
}
