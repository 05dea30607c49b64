import { expect, test } from "@jest/globals";
import { randomInt } from "node:crypto";
import { renameSync } from "node:fs";
import { join } from "node:path";
import type { Hit } from "../../../functions/hit.ts";
import { openWriter } from "../../../infra/local/queue/file.ts";
import { createInline, type Inline } from "../../../infra/local/queue/inline.ts";
import { queueFileName, type Lease } from "../../../infra/local/queue/queue.ts";
import { pack, type Group, type QueueFile } from "../../../infra/local/queue/wire.ts";
import { fileId } from "../../../infra/local/thread/own-file.ts";
import { inFolder } from "../../support/folder.ts";
import { makeHit } from "../../support/hits.ts";
import { byHand, deadlineMs, promise, publishAll, someHits } from "./setup.ts";

const nothing = new Float64Array();

function groupOf(hits: readonly Hit[], settled: Partial<Group> = {}): Group {
  const puts = hits.length === 0 ? undefined : pack(hits, undefined);
  return {
    after: 0,
    puts,
    asks: true,
    acks: nothing,
    nacks: nothing,
    leaving: nothing,
    asides: [],
    rejects: [],
    ...settled,
  };
}

interface Bench {
  readonly directory: string;
  readonly inline: Inline;
  readonly lines: [string, Record<string, unknown> | undefined][];
  /** What the clock shows at its next looks, one after the other; then it stands still. */
  looks(...ms: number[]): void;
  stored(): number;
}

/** The queue's file with nobody but the main thread at it. */
function onFile(keep: (bench: Bench) => void, given: { isFree?: () => boolean; roomBytesMin?: number } = {}) {
  return inFolder((directory) => {
    const file = join(directory, queueFileName);
    const queue: QueueFile = { file, fileBytesMax: undefined, roomBytesMin: given.roomBytesMin ?? 0 };
    openWriter(queue).db.close();
    queue.own = fileId(file);
    let now = 0;
    let next: number[] = [];
    const lines: Bench["lines"] = [];
    const inline = createInline({
      queue,
      isFree: given.isFree ?? (() => true),
      log: (_severity, message, fields) => lines.push([message, fields]),
      elapsed: () => (now = next.shift() ?? now),
    });
    const stored = () =>
      byHand(directory, (db) => Number(db.prepare("SELECT count(*) AS n FROM messages").get()!.n));
    try {
      keep({ directory, inline, lines, looks: (...ms) => (next = ms), stored });
    } finally {
      inline.release();
    }
    return Promise.resolve();
  });
}

test("four small hits and what is done with are in the file when the main thread says so", () =>
  onFile(({ inline, directory, stored }) => {
    expect(inline.commit(groupOf(someHits(4)))).toMatchObject({ first: 1, foreign: 0 });
    expect(stored()).toBe(4);
    const acks = Float64Array.of(1, 2, 3);
    expect(inline.commit(groupOf(someHits(1), { after: 4, acks }))).toMatchObject({ first: 5, foreign: 0 });
    const ids = byHand(directory, (db) =>
      db
        .prepare("SELECT id FROM messages")
        .all()
        .map(({ id }) => id),
    );
    expect(ids).toEqual([4, 5]);
  }));

test.each<[string, Group]>([
  ["five hits", groupOf(someHits(5))],
  ["a hit of 64 KiB", groupOf([makeHit({ body: Buffer.alloc(64 * 1024) })])],
  ["a hit beside 300 that are done with", groupOf(someHits(1), { acks: new Float64Array(300) })],
  ["no hit at all", groupOf([], { acks: Float64Array.of(1) })],
])("%s: left to the thread", (_, group) =>
  onFile(({ inline, stored }) => {
    expect(inline.commit(group)).toBeUndefined();
    expect(stored()).toBe(0);
  }),
);

test("while the thread reads nothing is stored beside it: what it answers would be older than what is known", () => {
  let isFree = false;
  return onFile(
    ({ inline, stored }) => {
      expect(inline.commit(groupOf(someHits(1)))).toBeUndefined();
      isFree = true;
      expect(inline.commit(groupOf(someHits(1)))).toBeDefined();
      expect(stored()).toBe(1);
    },
    { isFree: () => isFree },
  );
});

test("a person's own write to the file is waited for by the thread, and by the main thread not for a moment", () =>
  onFile(({ inline, directory, stored }) => {
    byHand(directory, (db) => {
      db.exec("BEGIN IMMEDIATE");
      expect(inline.commit(groupOf(someHits(1)))).toBeUndefined();
      db.exec("COMMIT");
      expect(inline.commit(groupOf(someHits(1)))).toBeDefined();
    });
    expect(stored()).toBe(1);
  }));

test("a sync of over 50 ms is the last one for 10 s, and of the tenth the log tells", () =>
  onFile(({ inline, looks, lines }) => {
    for (let count = 0; count < 10; count++) {
      const at = count * 20_000;
      expect(lines).toEqual([]);
      looks(at, at + 60, at + 60, at + 10_059);
      expect(inline.commit(groupOf(someHits(1), { after: count }))).toBeDefined();
      expect(inline.commit(groupOf(someHits(1), { after: count }))).toBeUndefined();
    }
    expect(lines).toEqual([
      [expect.stringMatching(/the disk takes long/), { event: "slow_sync", ms: 60, so_far: 10 }],
    ]);
  }));

test("a disk that takes 20 ms for each sync has the main thread wait a few times, then for a second not at all", () =>
  onFile(({ inline, looks, lines }) => {
    let inRow = 0;
    for (let at = 0; ; at += 20) {
      looks(at, at + 20);
      if (inline.commit(groupOf(someHits(1), { after: inRow })) === undefined) break;
      inRow += 1;
    }
    expect(inRow).toBeLessThan(10);
    expect(inRow).toBeGreaterThan(1);
    looks(1_000 + inRow * 20 + 1);
    expect(inline.commit(groupOf(someHits(1), { after: inRow }))).toBeDefined();
    expect(lines).toEqual([]);
  }));

test("one commit in some hundred is the thread's, which folds the log: it stays under 16 MiB", () =>
  onFile(({ inline, directory }) => {
    let after = 0;
    while (inline.commit(groupOf(someHits(1), { after })) !== undefined) after += 1;
    expect(after).toBe(400);
    expect(inline.commit(groupOf(someHits(1), { after }))).toBeDefined();
    const log = byHand(directory, (db) => db.prepare("PRAGMA wal_checkpoint").get());
    expect(Number(log!.log) * 4096).toBeLessThan(16 * 1024 * 1024);
  }));

test("into a file that was moved away nothing is said to be stored, and it is let go of", () =>
  onFile(({ inline, directory, looks }) => {
    expect(inline.commit(groupOf(someHits(1)))).toBeDefined();
    const file = join(directory, queueFileName);
    renameSync(file, `${file}.away`);
    expect(inline.commit(groupOf(someHits(1), { after: 1 }))).toBeUndefined();
    renameSync(`${file}.away`, file);
    looks(1_001);
    expect(inline.commit(groupOf(someHits(1), { after: 1 }))).toBeDefined();
  }));

test("on a disk with too little room the thread is asked, which can make some", () =>
  onFile(({ inline }) => expect(inline.commit(groupOf(someHits(1)))).toBeUndefined(), {
    roomBytesMin: Infinity,
  }));

promise(
  "each hit is handed out until it is acked, and never after, while others are stored and the file is read",
  async (_, open) => {
    const queue = await open({ ringBytesMax: 4_000, pauseMsMin: 1, pauseMsMax: 5 });
    const hits = someHits(300);
    const acked = new Set<string>();
    const twice: string[] = [];
    const take = async (leases: Lease[]): Promise<void> => {
      for (const { id, hit } of leases) {
        if (acked.has(hit.hit_id)) twice.push(hit.hit_id);
        if (randomInt(3) === 0) queue.nack(id);
        else {
          acked.add(hit.hit_id);
          queue.ack(id);
        }
      }
      await new Promise(setImmediate);
    };
    let publishing = true;
    const publish = async () => {
      for (let at = 0; at < hits.length;) {
        const few = hits.slice(at, (at += randomInt(1, 4)));
        await publishAll(queue, few);
        if (randomInt(5) === 0) void queue.depth();
        if (randomInt(5) === 0) void queue.find(few[0]!.hit_id);
      }
      publishing = false;
    };
    const lease = async () => {
      while (publishing || acked.size < hits.length) await take(await queue.lease(50, 1_000_000));
    };
    await Promise.all([publish(), lease()]);
    expect(twice).toEqual([]);
    await queue.publish(makeHit(), { deadlineMs });
    const { waiting } = await queue.depth();
    expect(waiting).toBe(1);
  },
);
