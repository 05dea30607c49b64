import { workerData } from "node:worker_threads";
import { number, openWriter } from "./file.ts";
import { never, parseAttributes, spareOf, type QueueApi, type QueueFile, type Rows } from "./wire.ts";
import { notePage } from "../folder/page.ts";
import { transaction } from "../thread/sqlite.ts";
import { Moved, serve } from "../thread/worker.ts";

/** The queue's thread: it writes the file and reads it. */

const { db, commit, demand } = openWriter(workerData as QueueFile);
const maxId = db.prepare("SELECT max(id) AS id FROM messages");
// All of them, by no id: what a damaged page hides is counted too.
const count = db.prepare("SELECT count(*) AS n FROM messages");

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

serve<QueueApi>(
  {
    state() {
      const last = number(maxId.get()?.id);
      return {
        last,
        waiting: number(count.get()?.n),
        nextDueAt: number(nextDue.get()?.at, never),
        lanes: lanes.all().map((row) => String(row.stream_id)),
      };
    },
    commit(group) {
      const committed = commit(group);
      const spare = spareOf(group.puts);
      return new Moved({ ...committed, spare }, spare ? [spare] : []);
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
      transaction(db, () => notePage(db, page));
      demand();
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
