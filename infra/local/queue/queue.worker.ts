import { workerData } from "node:worker_threads";
import {
  never,
  parseAttributes,
  spareOf,
  type Group,
  type QueueApi,
  type QueueFile,
  type Rows,
} from "./wire.ts";
import { notePage } from "../folder/page.ts";
import { freeBytes, megabytes } from "../thread/disk.ts";
import { demandOwn } from "../thread/own-file.ts";
import { openFile, ownFile, transaction } from "../thread/sqlite.ts";
import { Moved, serve } from "../thread/worker.ts";

/** The thread that alone writes the queue's file. One transaction a group, one sync a transaction. */

const { file, own: before, fileBytesMax, roomBytesMin } = workerData as QueueFile;
const pageBytes = 8192;
const freePagesMax = 8192;
const freePagesStep = 1024;

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

demandOwn(file, before);
const db = openFile(file, { schema, version: 2, upgrades, pageBytes });
if (fileBytesMax !== undefined) db.exec(`PRAGMA max_page_count = ${Math.floor(fileBytesMax / pageBytes)}`);

const own = ownFile(db, file);

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

// As bytes, whatever type somebody gave the columns by hand.
const columns = "CAST(m.attributes AS BLOB) AS attributes, CAST(m.body AS BLOB) AS body, m.sum";
const fresh = db.prepare(
  `SELECT m.id, 0 AS attempts, ${columns} FROM messages m WHERE m.id BETWEEN ? AND ?
   AND NOT EXISTS (SELECT 1 FROM retries r WHERE r.id = m.id) AND NOT EXISTS (SELECT 1 FROM asides a WHERE a.id = m.id)
   ORDER BY m.id`,
);
const dueRows = db.prepare(
  "SELECT id, attempts, due_at FROM retries WHERE due_at BETWEEN ? AND ? ORDER BY due_at, id",
);
const one = db.prepare(`SELECT m.id, ? AS attempts, ${columns} FROM messages m WHERE m.id = ?`);
const laneRows = db.prepare(
  `SELECT m.id, 0 AS attempts, ${columns} FROM asides a CROSS JOIN messages m ON m.id = a.id
   WHERE a.stream_id = ? AND a.id > ? ORDER BY a.id LIMIT ?`,
);
const lanes = db.prepare("SELECT DISTINCT stream_id FROM asides");
const slice = db.prepare(
  "SELECT id, instr(attributes, ?) AS here FROM messages WHERE id > ? ORDER BY id LIMIT ?",
);
const first = db.prepare("SELECT CAST(attributes AS BLOB) AS attributes FROM messages ORDER BY id LIMIT 1");
const nextDue = db.prepare("SELECT min(due_at) AS at FROM retries");
const freePages = db.prepare("PRAGMA freelist_count");

serve<QueueApi>(
  {
    state() {
      const last = number(maxId.get()?.id);
      return {
        last,
        waiting: number(count.get(Number.MIN_SAFE_INTEGER, last)?.n),
        nextDueAt: number(nextDue.get()?.at, never),
        lanes: lanes.all().map((row) => String(row.stream_id)),
      };
    },
    commit(group) {
      if (group.asks) demandRoom();
      own.demand();
      let firstId = group.after + 1;
      let foreign = 0;
      transaction(db, () => {
        const last = number(maxId.get()?.id);
        if (last > group.after) {
          foreign = number(count.get(group.after, last)?.n);
          firstId = last + 1;
        }
        write(group, firstId);
      });
      // Before anybody is answered: it may have been removed meanwhile.
      own.demand();
      if (group.puts === undefined) giveBackPages(freePagesMax);
      const spare = spareOf(group.puts);
      return new Moved({ first: firstId, foreign, spare }, spare ? [spare] : []);
    },
    range({ from, to, hitsMax, bytesMax }) {
      const { rows, more } = gather(fresh.iterate(from, to), hitsMax, bytesMax);
      return moved({ ...rows, next: more ? rows.ids.at(-1)! + 1 : to + 1 });
    },
    due({ now, pauseMsMax, held, hitsMax, bytesMax }) {
      const out = new Set(held);
      let nextDueAt = never;
      function* rows() {
        const far = now + pauseMsMax;
        for (const [from, to] of [
          [far + 1, never],
          [Number.MIN_SAFE_INTEGER, far],
        ] as const)
          for (const { id, attempts, due_at } of dueRows.iterate(from, to)) {
            if (out.has(number(id))) continue;
            nextDueAt = number(due_at) > far ? now : number(due_at);
            if (nextDueAt > now) return;
            const row = one.get(number(attempts), number(id));
            if (row !== undefined) yield row;
          }
        nextDueAt = never;
      }
      const { rows: found } = gather(rows(), hitsMax, bytesMax);
      return moved({ ...found, nextDueAt });
    },
    lane({ stream_id, after, hitsMax, bytesMax }) {
      return moved(gather(laneRows.iterate(stream_id, after, hitsMax), hitsMax, bytesMax).rows);
    },
    find({ hit_id, after, rowsMax }) {
      let next: number | undefined;
      let rows = 0;
      for (const row of slice.iterate(hit_id, after, rowsMax)) {
        if (number(row.here) > 0) return { id: number(row.id) };
        rows++;
        next = number(row.id);
      }
      return rows === rowsMax && next !== undefined ? { next } : {};
    },
    note(page) {
      own.demand();
      transaction(db, () => notePage(db, page));
      own.demand();
      return undefined;
    },
    oldest() {
      const bytes = first.get()?.attributes;
      const { received_at, refused } = (bytes instanceof Uint8Array && parseAttributes(bytes)) || {};
      const at = Number(received_at ?? refused);
      return Number.isSafeInteger(at) ? at : undefined;
    },
  },
  () => db.close(),
);

/** Deleting needs room as well, for the log: a queue that took the disk's last page
 *  could never be emptied. */
function demandRoom(): void {
  if (freeBytes(file) >= roomBytesMin) return;
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

/** A backlog that is gone gives its room back to the disk, a little at a time. */
function giveBackPages(pagesKept: number): void {
  if (number(freePages.get()?.freelist_count) <= pagesKept) return;
  try {
    db.exec(`PRAGMA incremental_vacuum(${freePagesStep})`);
  } catch {
    // A disk without room for the log of this change: the group itself is committed,
    // the pages go another time.
  }
}

function gather(
  source: Iterable<Record<string, unknown>>,
  hitsMax: number,
  bytesMax: number,
): { rows: Rows; more: boolean } {
  const ids: number[] = [];
  const attempts: number[] = [];
  const lengths: number[] = [];
  const sums: number[] = [];
  const parts: Uint8Array[] = [];
  let bytes = 0;
  let more = false;
  for (const row of source) {
    const texts = row.attributes instanceof Uint8Array ? row.attributes : new Uint8Array();
    const body = row.body instanceof Uint8Array ? row.body : new Uint8Array();
    ids.push(number(row.id));
    attempts.push(number(row.attempts));
    lengths.push(texts.byteLength, body.byteLength);
    sums.push(number(row.sum, -1));
    parts.push(texts, body);
    bytes += texts.byteLength + body.byteLength;
    more = ids.length >= hitsMax || bytes >= bytesMax;
    if (more) break;
  }
  const packed = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    packed.set(part, at);
    at += part.byteLength;
  }
  const rows = {
    ids: Float64Array.from(ids),
    attempts: Float64Array.from(attempts),
    lengths: Uint32Array.from(lengths),
    sums: Float64Array.from(sums),
    bytes: packed,
  };
  return { rows, more };
}

function moved<Reply extends Rows>(reply: Reply): Moved<Reply> {
  return new Moved(reply, [
    reply.ids.buffer,
    reply.attempts.buffer,
    reply.lengths.buffer,
    reply.sums.buffer,
    reply.bytes.buffer,
  ]);
}

function number(value: unknown, otherwise = 0): number {
  return typeof value === "number" ? value : otherwise;
}
